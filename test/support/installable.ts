/**
 * As much of a root as installing packages in it takes: what mmdebstrap and layers call there, by busybox. Nothing is configured, but what is unpacked at once stands as
 * a line in /var/lib/dpkg/calls.
 */
export const installable = installableOf("/bin/busybox");

/** The same with a busybox of another processor. */
export function installableOf(busybox: string) {
  return {
    "bin/busybox": { copyOf: busybox },
    "bin/sh": { copyOf: busybox },
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "usr/bin/env": { executable: '#!/bin/busybox sh\nwhile case $1 in --unset=*) ;; *) false ;; esac; do shift; done\nexec "$@"\n' },
    "usr/bin/dpkg": {
      executable: `#!/bin/busybox sh
names=
for deb; do
  case $deb in *.deb) ;; *) continue ;; esac
  busybox ar -p "$deb" control.tar | busybox tar -xOf - ./control | busybox sed '/^Version: /a Status: install ok installed' >>/var/lib/dpkg/status
  echo >>/var/lib/dpkg/status
  name=\${deb##*/}
  case $deb in */cloister-packages/*) busybox ar -p "$deb" data.tar | busybox tar -xf - -C / ;; esac
  names="$names \${name%%[_.]*}"
done
case $* in *cloister-packages*) echo "$names" >>/var/lib/dpkg/calls ;; esac
`,
    },
  } as const;
}
