/** As much of a root as mmdebstrap needs to install packages in it: what it calls there, by busybox. Nothing is configured. */
export const installable = {
  "bin/busybox": { copyOf: "/bin/busybox" },
  "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
  "usr/bin/env": { executable: '#!/bin/busybox sh\nwhile case $1 in --unset=*) ;; *) false ;; esac; do shift; done\nexec "$@"\n' },
  "usr/bin/dpkg": {
    executable: `#!/bin/busybox sh
for deb; do
  case $deb in *.deb) ;; *) continue ;; esac
  busybox ar -p "$deb" control.tar | busybox tar -xOf - ./control | busybox sed '/^Version: /a Status: install ok installed' >>/var/lib/dpkg/status
  echo >>/var/lib/dpkg/status
done
`,
  },
} as const;
