#!/bin/sh
# Project t: what `cloister apply` would do, as `cloister plan --script` printed it (cloister 0.0.0).
# Manifest: /home/me/cloister.yaml
#
# To be run as root on the machine that it was planned on, once. It stops at the first step that fails, and does nothing where what
# it was planned from no longer holds. A start that is cut before its commit is taken back by the kernel; what is left of it on
# disk goes with the next apply or destroy.

# Nothing is to be done: all is as the manifest wants it.
:
