// Generated from schemas/cloister.schema.json by npm run gen. Never edited by hand.
"use strict";
export const validate = validate21;
export default validate21;
const schema6 = {"$schema":"http://json-schema.org/draft-07/schema#","title":"manifest","type":"object","required":["api_version","name","environments"],"additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"api_version":{"type":"string","enum":["cloister/v1"]},"name":{"$ref":"#/definitions/name"},"include":{"type":"array","x-expects":"a list of paths such as [./base.yaml]","items":{"$ref":"#/definitions/path"},"maxItems":64},"environments":{"title":"environments","type":"object","x-expects":"a map of environments by name","propertyNames":{"maxLength":63,"pattern":"^[a-z][a-z0-9-]*$","x-expects":"1 to 63 of a-z, 0-9 and -, beginning with a letter"},"additionalProperties":{"$ref":"#/definitions/environment"}}},"definitions":{"hostInterface":{"type":"string","maxLength":15,"pattern":"^[A-Za-z0-9_][A-Za-z0-9_.-]*$","x-expects":"the name of an interface such as br0"},"name":{"type":"string","maxLength":63,"pattern":"^[a-z][a-z0-9-]*$","x-expects":"1 to 63 of a-z, 0-9 and -, beginning with a letter"},"text":{"type":["string","number","boolean"],"maxLength":131071,"pattern":"^[^\\u0000]*$","x-expects":"text (at most 128 KiB, without NUL bytes)"},"path":{"type":"string","maxLength":4095,"pattern":"^[^\\u0000-\\u001f\\u007f]+$","x-expects":"a path without control characters"},"size":{"type":["string","integer"],"minimum":1,"maxLength":32,"pattern":"^[0-9]+(\\.[0-9]+)?([KkMmGgTt](i?[Bb])?|[Bb]|%)?$","x-expects":"a size such as 64M, 1.5GiB or 50%"},"id":{"type":"integer","minimum":0,"maximum":4294967294,"x-expects":"a whole number from 0 to 4294967294"},"environment":{"title":"environment","type":"object","x-expects":"a map with a rootfs","required":["rootfs"],"additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"description":{"type":"string","maxLength":1000,"pattern":"^[^\\u0000]*$","x-expects":"text of at most 1000 characters"},"labels":{"title":"labels","type":"object","x-expects":"a map such as {team: web}","propertyNames":{"maxLength":128,"pattern":"^[A-Za-z0-9][A-Za-z0-9._/-]*$","x-expects":"letters, digits, . _ / and -, beginning with a letter or digit"},"additionalProperties":{"$ref":"#/definitions/text"}},"extends":{"title":"extends","type":["string","object"],"maxLength":63,"pattern":"^[a-z][a-z0-9-]*$","x-expects":"the name of an environment, or a map such as {file: ./base.yaml, environment: web}","required":["environment"],"additionalProperties":false,"properties":{"file":{"$ref":"#/definitions/path"},"environment":{"$ref":"#/definitions/name"}}},"profiles":{"type":"array","x-expects":"a list of names such as [dev]","items":{"type":"string","maxLength":63,"pattern":"^[A-Za-z0-9][A-Za-z0-9_.-]*$","x-expects":"1 to 63 letters, digits, _ . and -, beginning with a letter or digit"},"maxItems":64},"rootfs":{"$ref":"#/definitions/rootfs"},"overlay":{"type":"string","enum":["persistent","ephemeral","none"]},"read_only":{"type":"boolean"},"namespaces":{"title":"namespaces","type":["object","array"],"x-expects":"a map such as {net: private} or a list such as [mount, pid, net]","additionalProperties":false,"properties":{"mount":{"type":"string","enum":["private"]},"uts":{"$ref":"#/definitions/namespace"},"ipc":{"$ref":"#/definitions/namespace"},"net":{"$ref":"#/definitions/namespace"},"pid":{"type":"string","maxLength":4100,"pattern":"^(private|host|join:[a-z][a-z0-9-]*)$","x-expects":"private, host or join:ENVIRONMENT"},"user":{"type":"string","enum":["private","host"]},"cgroup":{"$ref":"#/definitions/namespace"},"time":{"$ref":"#/definitions/namespace"}},"items":{"type":"string","enum":["mount","uts","ipc","net","pid","user","cgroup","time"]},"maxItems":16},"time_offsets":{"title":"time_offsets","type":"object","x-expects":"a map such as {boottime: 60}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"monotonic":{"$ref":"#/definitions/seconds"},"boottime":{"$ref":"#/definitions/seconds"}}},"users":{"$ref":"#/definitions/users"},"unsafe":{"type":"array","x-expects":"a list such as [host-pid]","items":{"type":"string","enum":["host-user","host-pid"]},"maxItems":16},"hostname":{"$ref":"#/definitions/hostname"},"domainname":{"$ref":"#/definitions/hostname"},"extra_hosts":{"title":"extra_hosts","type":"object","x-expects":"a map such as {db: 10.0.0.5}","propertyNames":{"maxLength":253,"pattern":"^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$","x-expects":"a host name of letters, digits, -, _ and dots, at most 253 characters"},"additionalProperties":{"$ref":"#/definitions/addresses"}},"dns":{"title":"dns","type":["string","array"],"x-expects":"host, none or a list of addresses such as [192.0.2.53]","if":{"type":"string"},"then":{"enum":["host","none"]},"minItems":1,"maxItems":3,"items":{"$ref":"#/definitions/address"}},"mounts":{"title":"mounts","type":"object","x-expects":"a map by target, such as {/tmp: {type: tmpfs}}","additionalProperties":{"$ref":"#/definitions/mount"}},"files":{"title":"files","type":"object","x-expects":"a map by path, such as {/etc/motd: {content: hello}}","additionalProperties":{"$ref":"#/definitions/file"}},"secrets":{"title":"secrets","type":"object","x-expects":"a map by name, such as {db: {file: ./db.txt}}","propertyNames":{"maxLength":63,"pattern":"^[A-Za-z0-9][A-Za-z0-9_.-]*$","x-expects":"1 to 63 letters, digits, _ . and -, beginning with a letter or digit"},"additionalProperties":{"$ref":"#/definitions/secret"}},"resources":{"title":"resources","type":"object","x-expects":"a map such as {limits: {memory: 256M}}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"limits":{"$ref":"#/definitions/limits"},"cpuset":{"type":["string","integer"],"minimum":0,"maximum":65535,"maxLength":1024,"pattern":"^[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*$","x-expects":"a list such as 0-1,3"},"cpuset_mems":{"type":["string","integer"],"minimum":0,"maximum":65535,"maxLength":1024,"pattern":"^[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*$","x-expects":"a list such as 0-1,3"}}},"oom_score_adj":{"type":"integer","minimum":-1000,"maximum":1000,"x-expects":"a whole number from -1000 to 1000"},"logging":{"$ref":"#/definitions/logging"},"ulimits":{"$ref":"#/definitions/ulimits"},"security":{"$ref":"#/definitions/security"},"network":{"title":"network","type":"object","x-expects":"a map such as {mode: none}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"mode":{"type":"string","enum":["none","host","nat","bridge","macvlan","user","join","path"]},"bridge":{"$ref":"#/definitions/hostInterface"},"parent":{"$ref":"#/definitions/hostInterface"},"join":{"$ref":"#/definitions/name"},"path":{"$ref":"#/definitions/path"},"ports":{"type":"object","x-expects":"a map such as {\"127.0.0.1:8080\": 80/tcp}","propertyNames":{"maxLength":64,"pattern":"^(([0-9.]+|\\[[0-9A-Fa-f:.]+\\]):)?[0-9]{1,5}(-[0-9]{1,5})?$","x-expects":"a port such as 8080 or a range such as 8000-8010, with an address of the host before it or none: 127.0.0.1:8080, [2001:db8::1]:8080"},"additionalProperties":{"type":["integer","string"],"maxLength":16,"pattern":"^[0-9]{1,5}(-[0-9]{1,5})?(/(tcp|udp))?$","x-expects":"a port inside such as 80, 80/tcp, 53/udp or 8000-8010"}},"address":{"type":"string","x-expects":"an address such as 10.213.0.5, or 192.0.2.5/24 with mode bridge or macvlan","maxLength":49,"pattern":"^([0-9.]+(/[0-9]{1,2})?|[0-9A-Fa-f:.]+/[0-9]{1,3})$"},"mac_address":{"type":"string","x-expects":"a MAC address in quotes such as \"02:00:00:00:00:05\"","maxLength":17,"pattern":"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$"},"mtu":{"type":"integer","minimum":1280,"maximum":65535},"routes":{"type":"object","x-expects":"a map such as {10.9.0.0/16: 10.213.0.5}","propertyNames":{"maxLength":49,"pattern":"^(default|[0-9.]+/[0-9]{1,2}|[0-9A-Fa-f:.]+/[0-9]{1,3})$","x-expects":"a prefix such as 10.9.0.0/16, or default"},"additionalProperties":{"type":"string","maxLength":64,"pattern":"^([0-9A-Fa-f:.]+|[a-z0-9][a-z0-9_-]*)$","x-expects":"an address or the name of an environment"}},"egress":{"type":"object","x-expects":"a map such as {allow: [dns, 10.0.0.0/8:5432]}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"allow":{"$ref":"#/definitions/peers"},"deny":{"$ref":"#/definitions/peers"}}},"ingress":{"type":"object","x-expects":"a map such as {allow: [host:80]}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"allow":{"$ref":"#/definitions/peers"},"deny":{"$ref":"#/definitions/peers"}}}}},"sysctls":{"title":"sysctls","type":"object","x-expects":"a map such as {net.ipv4.ip_forward: 1}","propertyNames":{"maxLength":255,"pattern":"^[a-z0-9_]+(\\.[A-Za-z0-9_-]+)+$","x-expects":"a dotted name such as net.ipv4.ip_forward"},"additionalProperties":{"$ref":"#/definitions/sysctl"}},"moved_from":{"$ref":"#/definitions/name"},"lifecycle":{"title":"lifecycle","type":"object","x-expects":"a map such as {prevent_destroy: true}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"prevent_destroy":{"type":"boolean"},"prevent_restart":{"type":"boolean"}}},"command":{"$ref":"#/definitions/command"},"processes":{"title":"processes","type":"object","x-expects":"a map of processes by name, such as {web: {command: [nginx]}}","propertyNames":{"maxLength":63,"pattern":"^[a-z][a-z0-9-]*$","x-expects":"1 to 63 of a-z, 0-9 and -, beginning with a letter"},"additionalProperties":{"$ref":"#/definitions/process"}},"env_file":{"$ref":"#/definitions/env_file"},"environment":{"$ref":"#/definitions/variables"},"working_dir":{"$ref":"#/definitions/path"},"user":{"$ref":"#/definitions/user"},"drift":{"title":"drift","type":"object","x-expects":"a map such as {policy: warn}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"policy":{"$ref":"#/definitions/drift_policy"},"ignore":{"type":"array","maxItems":256,"items":{"$ref":"#/definitions/place"},"x-expects":"a list of addresses such as [hostname]"},"policies":{"title":"drift_policies","type":"object","x-expects":"a map such as {hostname: warn}","propertyNames":{"$ref":"#/definitions/place"},"additionalProperties":{"$ref":"#/definitions/drift_policy"}}}}}},"rootfs":{"title":"rootfs","type":"object","x-expects":"a map such as {release: bookworm}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"release":{"type":"string","maxLength":64,"pattern":"^[a-z][a-z0-9.-]*$","x-expects":"the code name of a release, such as bookworm or jammy"},"directory":{"$ref":"#/definitions/path"},"tar":{"$ref":"#/definitions/path"},"oci":{"$ref":"#/definitions/path"},"image":{"type":"string","maxLength":256,"pattern":"^[A-Za-z0-9][A-Za-z0-9._:@/+-]*$","x-expects":"the name of an image in the layout, such as latest"},"environment":{"$ref":"#/definitions/name"},"distribution":{"type":"string","enum":["debian","ubuntu"]},"variant":{"type":"string","enum":["minbase","buildd","essential","apt","required","important","standard"]},"components":{"type":"array","x-expects":"a list such as [main]","minItems":1,"maxItems":32,"items":{"type":"string","maxLength":64,"pattern":"^[a-z][a-z0-9/-]*$","x-expects":"the name of a component, such as main"}},"packages":{"type":"array","x-expects":"a list such as [curl, nginx-light]","maxItems":4096,"items":{"type":"string","maxLength":128,"pattern":"^[a-z0-9][a-z0-9+.-]*$","x-expects":"the name of a package, such as nginx-light"}},"files":{"title":"rootfs_files","type":"object","x-expects":"a map by path, such as {/etc/motd: {content: hello}}","additionalProperties":{"$ref":"#/definitions/rootfs_file"}},"setup":{"type":"array","x-expects":"a list of commands such as [adduser --system app]","maxItems":8,"items":{"$ref":"#/definitions/setup"}},"mirror":{"type":"string","maxLength":2048,"pattern":"^(https?://|file:/|copy:/)[A-Za-z0-9._~:/@%+-]+$","x-expects":"an address such as http://deb.debian.org/debian"},"snapshot":{"type":"string","maxLength":16,"pattern":"^[0-9]{8}T[0-9]{6}Z$","x-expects":"a moment such as 20261101T000000Z"},"keyring":{"$ref":"#/definitions/path"},"architecture":{"type":"string","enum":["amd64","arm64","armel","armhf","i386","mips64el","ppc64el","riscv64","s390x"]},"tool":{"type":"string","enum":["auto","mmdebstrap","debootstrap"]}},"allOf":[{"if":{"required":["directory"]},"then":{"x-applies":"a root from a directory","properties":{"distribution":false,"variant":false,"components":false,"packages":false,"mirror":false,"snapshot":false,"keyring":false,"tool":false,"image":false,"files":false,"setup":false}}},{"if":{"required":["tar"]},"then":{"x-applies":"a root from a tar","properties":{"distribution":false,"variant":false,"components":false,"packages":false,"mirror":false,"snapshot":false,"keyring":false,"tool":false,"image":false}}},{"if":{"required":["oci"]},"then":{"x-applies":"a root from an OCI image","properties":{"distribution":false,"variant":false,"components":false,"packages":false,"mirror":false,"keyring":false,"tool":false}}},{"if":{"required":["environment"]},"then":{"x-applies":"the root of another environment","properties":{"architecture":false,"distribution":false,"variant":false,"components":false,"packages":false,"mirror":false,"keyring":false,"tool":false,"image":false,"files":false,"setup":false}}}]},"rootfs_file":{"title":"rootfs_file","type":["object","string"],"x-expects":"a map with content or source, or a path such as ./app.conf","maxLength":4095,"pattern":"^[^\\u0000-\\u001f\\u007f]+$","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"content":{"type":"string","maxLength":131072,"x-expects":"text of at most 128 KiB"},"source":{"$ref":"#/definitions/path"},"uid":{"$ref":"#/definitions/id"},"gid":{"$ref":"#/definitions/id"},"mode":{"type":["string","integer"],"minimum":0,"maximum":4095,"maxLength":5,"pattern":"^0?[0-7]{3,4}$","x-expects":"an octal mode such as \"0644\" or 0o644"}}},"setup":{"title":"setup","type":["string","object"],"x-expects":"a command such as \"adduser --system app\", or a map such as {run: make install, network: host}","maxLength":131071,"minLength":1,"pattern":"^[^\\u0000]*$","required":["run"],"additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"run":{"type":"string","minLength":1,"maxLength":131071,"pattern":"^[^\\u0000]*$","x-expects":"a command of a shell"},"network":{"type":"string","enum":["none","host"]}}},"namespace":{"type":"string","maxLength":4100,"pattern":"^(private|host|join:[a-z][a-z0-9-]*|path:/[^\\u0000-\\u001f\\u007f]+)$","x-expects":"private, host, join:ENVIRONMENT or path:/FILE"},"seconds":{"type":"integer","minimum":-4294967296,"maximum":4294967296,"x-expects":"a whole number of seconds, at most 2^32 ahead or behind"},"hostname":{"type":"string","maxLength":64,"pattern":"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$","x-expects":"a host name of letters, digits, - and dots, at most 64 characters"},"users":{"title":"users","type":["string","object"],"x-expects":"auto, host, or a map with mode: map","if":{"type":"string"},"then":{"enum":["auto","host"]},"else":{"required":["mode"],"if":{"properties":{"mode":{"const":"map"}},"required":["mode"]},"then":{"required":["uid_mappings","gid_mappings"]},"else":{"if":{"properties":{"mode":{"enum":["auto","host"]}},"required":["mode"]},"then":{"x-applies":"users in this mode","properties":{"uid_mappings":false,"gid_mappings":false}}}},"additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"mode":{"type":"string","enum":["auto","host","map"]},"uid_mappings":{"$ref":"#/definitions/mappings"},"gid_mappings":{"$ref":"#/definitions/mappings"}}},"mappings":{"type":"array","x-expects":"a list such as [{inside: 0, outside: 300000, count: 65536}]","minItems":1,"maxItems":340,"items":{"$ref":"#/definitions/mapping"}},"mapping":{"title":"mapping","type":"object","x-expects":"a map such as {inside: 0, outside: 300000, count: 65536}","required":["inside","outside","count"],"additionalProperties":false,"properties":{"inside":{"$ref":"#/definitions/id"},"outside":{"$ref":"#/definitions/id"},"count":{"type":"integer","minimum":1,"maximum":4294967295,"x-expects":"a whole number from 1 to 4294967295"}}},"mount":{"title":"mount","type":["object","string","null"],"x-expects":"a map with a type, a short form such as ./data:ro, or null","maxLength":4100,"pattern":"^[^\\u0000-\\u001f\\u007f]+$","required":["type"],"additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"type":{"type":"string","enum":["bind","volume","tmpfs","overlay","proc","sysfs","devpts","mqueue"]},"source":{"$ref":"#/definitions/path"},"read_only":{"type":"boolean"},"options":{"type":"array","x-expects":"a list such as [noexec]","items":{"type":"string","enum":["nosuid","nodev","noexec","noatime","relatime","nosymfollow"]},"maxItems":16},"propagation":{"type":"string","enum":["private","unbindable"]},"idmap":{"type":["string","object"],"x-expects":"owner, shift, none or a map of ids such as {1000: 0}","if":{"type":"string"},"then":{"enum":["owner","shift","none"]},"propertyNames":{"maxLength":10,"pattern":"^(0|[1-9][0-9]*)$","x-expects":"a number, the id outside"},"additionalProperties":{"$ref":"#/definitions/id"}},"size":{"$ref":"#/definitions/size"},"mode":{"type":["string","integer"],"minimum":0,"maximum":4095,"maxLength":5,"pattern":"^0?[0-7]{3,4}$","x-expects":"an octal mode such as \"0755\" or 0o755"},"create":{"type":"boolean"},"optional":{"type":"boolean"}},"allOf":[{"if":{"type":"object","properties":{"type":{"const":"bind"}},"required":["type"]},"then":{"required":["source"],"x-applies":"a bind","properties":{"size":false,"mode":false}}},{"if":{"type":"object","properties":{"type":{"const":"volume"}},"required":["type"]},"then":{"required":["source"],"x-applies":"a volume","properties":{"size":false,"mode":false,"idmap":false,"optional":false}}},{"if":{"type":"object","properties":{"type":{"const":"overlay"}},"required":["type"]},"then":{"required":["source"],"x-applies":"an overlay","properties":{"mode":false}}},{"if":{"type":"object","properties":{"type":{"const":"tmpfs"}},"required":["type"]},"then":{"x-applies":"a tmpfs","properties":{"source":false,"idmap":false,"optional":false}}},{"if":{"type":"object","properties":{"type":{"const":"devpts"}},"required":["type"]},"then":{"x-applies":"devpts","properties":{"source":false,"idmap":false,"optional":false,"size":false}}},{"if":{"type":"object","properties":{"type":{"enum":["proc","sysfs","mqueue"]}},"required":["type"]},"then":{"x-applies":"a mount of this type","properties":{"source":false,"idmap":false,"optional":false,"size":false,"mode":false}}}]},"file":{"title":"file","type":["object","string"],"x-expects":"a map with content or source, or a path such as ./app.conf","maxLength":4095,"pattern":"^[^\\u0000-\\u001f\\u007f]+$","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"content":{"type":"string","maxLength":131072,"x-expects":"text of at most 128 KiB"},"source":{"$ref":"#/definitions/path"},"uid":{"$ref":"#/definitions/id"},"gid":{"$ref":"#/definitions/id"},"mode":{"type":["string","integer"],"minimum":0,"maximum":4095,"maxLength":5,"pattern":"^0?[0-7]{3,4}$","x-expects":"an octal mode such as \"0644\" or 0o644"}}},"secret":{"title":"secret","type":"object","x-expects":"a map with file, environment or command","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"file":{"$ref":"#/definitions/path"},"environment":{"type":"string","maxLength":255,"pattern":"^[A-Za-z_][A-Za-z0-9_]*$","x-expects":"the name of a variable, such as DB_PASSWORD"},"command":{"$ref":"#/definitions/command"},"target":{"$ref":"#/definitions/path"},"uid":{"$ref":"#/definitions/id"},"gid":{"$ref":"#/definitions/id"},"mode":{"type":["string","integer"],"minimum":0,"maximum":4095,"maxLength":5,"pattern":"^0?[0-7]{3,4}$","x-expects":"an octal mode such as \"0400\" or 0o400"}}},"address":{"type":"string","maxLength":45,"pattern":"^[0-9A-Fa-f:.]+$","x-expects":"an IPv4 or IPv6 address"},"addresses":{"type":["string","array"],"x-expects":"an IPv4 or IPv6 address, or a list of them","maxLength":45,"pattern":"^[0-9A-Fa-f:.]+$","minItems":1,"maxItems":16,"items":{"$ref":"#/definitions/address"}},"peers":{"type":"array","x-expects":"a list such as [dns, 10.0.0.0/8:5432]","maxItems":256,"items":{"type":"string","maxLength":120,"pattern":"^(\\*|\\[[0-9A-Fa-f:.]+(/[0-9]{1,3})?\\]|[A-Za-z0-9_][A-Za-z0-9._-]*(/[0-9]{1,2})?)(:[0-9]{1,5}(-[0-9]{1,5})?(/(tcp|udp))?)?$","x-expects":"dns, or who and which port: *:443, host, 10.0.0.0/8:5432, [2001:db8::/32]:80-90/udp, deb.example:443"}},"limits":{"title":"limits","type":"object","x-expects":"a map such as {memory: 256M}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"memory":{"$ref":"#/definitions/size"},"memory_swap":{"type":["string","integer"],"minimum":0,"maxLength":32,"pattern":"^[0-9]+(\\.[0-9]+)?([KkMmGgTt](i?[Bb])?|[Bb]|%)?$","x-expects":"a size such as 64M, 1.5GiB or 50%"},"cpus":{"type":["number","string"],"exclusiveMinimum":0,"maximum":65536,"maxLength":32,"pattern":"^[0-9]+(\\.[0-9]+)?[m%]?$","x-expects":"a number of processors such as 1.5, 500m or 50%"},"pids":{"type":"integer","minimum":1,"maximum":4194304,"x-expects":"a whole number from 1 to 4194304"},"io":{"title":"ios","type":"object","x-expects":"a map such as {/dev/vda: {write_bps: 10M}}","propertyNames":{"maxLength":4096,"pattern":"^/[^\\u0000-\\u001f\\u007f]*$","x-expects":"an absolute path such as /dev/vda"},"additionalProperties":{"$ref":"#/definitions/io"}}}},"io":{"title":"io","type":"object","x-expects":"a map such as {write_bps: 10M}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"read_bps":{"type":["string","integer"],"minimum":1,"maxLength":32,"pattern":"^[0-9]+(\\.[0-9]+)?([KkMmGgTt](i?[Bb])?|[Bb])?$","x-expects":"a size such as 64M or 1.5GiB"},"write_bps":{"type":["string","integer"],"minimum":1,"maxLength":32,"pattern":"^[0-9]+(\\.[0-9]+)?([KkMmGgTt](i?[Bb])?|[Bb])?$","x-expects":"a size such as 64M or 1.5GiB"},"read_iops":{"type":"integer","minimum":1,"maximum":4294967294,"x-expects":"a whole number from 1 to 4294967294"},"write_iops":{"type":"integer","minimum":1,"maximum":4294967294,"x-expects":"a whole number from 1 to 4294967294"}}},"ulimit":{"title":"ulimit","type":["integer","string","object"],"minimum":-1,"x-expects":"a whole number, unlimited, or a map such as {soft: 1024, hard: 4096}","if":{"type":"string"},"then":{"enum":["unlimited"]},"required":["soft","hard"],"additionalProperties":false,"properties":{"soft":{"$ref":"#/definitions/bound"},"hard":{"$ref":"#/definitions/bound"}}},"bound":{"type":["integer","string"],"minimum":-1,"x-expects":"a whole number or unlimited","if":{"type":"string"},"then":{"enum":["unlimited"]}},"security":{"title":"security","type":"object","x-expects":"a map such as {cap_drop: [ALL]}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"cap_add":{"$ref":"#/definitions/capabilities"},"cap_drop":{"$ref":"#/definitions/capabilities"},"no_new_privileges":{"type":"boolean"},"masked_paths":{"$ref":"#/definitions/paths"},"read_only_paths":{"$ref":"#/definitions/paths"}}},"capabilities":{"type":"array","x-expects":"a list such as [NET_ADMIN]","maxItems":64,"items":{"type":"string","x-expects":"a capability such as NET_ADMIN, or ALL","enum":["ALL","AUDIT_CONTROL","AUDIT_READ","AUDIT_WRITE","BLOCK_SUSPEND","BPF","CHECKPOINT_RESTORE","CHOWN","DAC_OVERRIDE","DAC_READ_SEARCH","FOWNER","FSETID","IPC_LOCK","IPC_OWNER","KILL","LEASE","LINUX_IMMUTABLE","MAC_ADMIN","MAC_OVERRIDE","MKNOD","NET_ADMIN","NET_BIND_SERVICE","NET_BROADCAST","NET_RAW","PERFMON","SETFCAP","SETGID","SETPCAP","SETUID","SYSLOG","SYS_ADMIN","SYS_BOOT","SYS_CHROOT","SYS_MODULE","SYS_NICE","SYS_PACCT","SYS_PTRACE","SYS_RAWIO","SYS_RESOURCE","SYS_TIME","SYS_TTY_CONFIG","WAKE_ALARM"]}},"paths":{"type":"array","x-expects":"a list of paths such as [/proc/kcore]","maxItems":256,"items":{"$ref":"#/definitions/path"}},"drift_policy":{"type":"string","enum":["repair","warn","ignore"]},"place":{"type":"string","maxLength":4200,"pattern":"^[^\\u0000-\\u001f\\u007f]+$","x-expects":"an address such as mounts[\"/tmp\"]"},"sysctl":{"type":["string","number"],"maxLength":4096,"pattern":"^[^\\u0000\\n\\r]*$","x-expects":"a number or one line of text"},"command":{"type":"array","minItems":1,"maxItems":4096,"items":{"$ref":"#/definitions/text"},"x-expects":"a list of words, such as [sleep, infinity]"},"env_file":{"type":["string","array"],"maxLength":4095,"pattern":"^[^\\u0000-\\u001f\\u007f]+$","x-expects":"a path, or a list such as [./app.env, {path: ./local.env, required: false}]","items":{"title":"env_file","type":["string","object"],"maxLength":4095,"pattern":"^[^\\u0000-\\u001f\\u007f]+$","x-expects":"a path, or a map such as {path: ./local.env, required: false}","required":["path"],"additionalProperties":false,"properties":{"path":{"$ref":"#/definitions/path"},"required":{"type":"boolean"}}},"maxItems":64},"variables":{"title":"variables","type":"object","x-expects":"a map such as {TZ: UTC}","propertyNames":{"maxLength":255,"pattern":"^[A-Za-z_][A-Za-z0-9_]*$","x-expects":"letters, digits and _, not beginning with a digit"},"additionalProperties":{"$ref":"#/definitions/text"}},"user":{"type":["string","integer"],"minimum":0,"maximum":4294967294,"maxLength":65,"pattern":"^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$","x-expects":"USER or USER:GROUP, as numbers or names"},"logging":{"title":"logging","type":"object","x-expects":"a map such as {times: true, max_size: 10M}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"times":{"type":"boolean"},"max_size":{"$ref":"#/definitions/size"},"max_files":{"type":"integer","minimum":2,"maximum":1000,"x-expects":"a whole number from 2 to 1000"}}},"ulimits":{"title":"ulimits","type":"object","x-expects":"a map such as {nofile: 1024}","propertyNames":{"enum":["as","core","cpu","data","fsize","locks","memlock","msgqueue","nice","nofile","nproc","rss","rtprio","rttime","sigpending","stack"]},"additionalProperties":{"$ref":"#/definitions/ulimit"}},"duration":{"type":["string","integer"],"minimum":0,"maximum":31622400,"maxLength":32,"pattern":"^([0-9]{1,9}(ms|s|m|h))+$","x-expects":"a length of time such as 10s, 500ms or 1m30s, or a number of seconds"},"signal":{"enum":["SIGABRT","SIGALRM","SIGCONT","SIGHUP","SIGINT","SIGKILL","SIGPIPE","SIGQUIT","SIGTERM","SIGUSR1","SIGUSR2","SIGWINCH"]},"reaction":{"title":"reaction","type":["string","object"],"maxLength":15,"pattern":"^(restart|signal SIG(HUP|INT|QUIT|USR1|USR2|ALRM|TERM|CONT|WINCH))$","x-expects":"signal SIGHUP, restart, or a map such as {exec: [nginx, -s, reload]}","additionalProperties":false,"properties":{"exec":{"$ref":"#/definitions/command"}}},"process":{"title":"process","type":"object","x-expects":"a map with a command","required":["command"],"additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"command":{"$ref":"#/definitions/command"},"env_file":{"$ref":"#/definitions/env_file"},"environment":{"$ref":"#/definitions/variables"},"working_dir":{"$ref":"#/definitions/path"},"user":{"$ref":"#/definitions/user"},"tty":{"type":"boolean"},"stdin_open":{"type":"boolean"},"restart":{"type":"string","pattern":"^(no|always|unless-stopped|on-failure(:[1-9][0-9]{0,5})?)$","maxLength":17,"x-expects":"no, on-failure, on-failure:3 (at most three times in a row), always or unless-stopped"},"logging":{"$ref":"#/definitions/logging"},"stop_signal":{"$ref":"#/definitions/signal"},"stop_grace_period":{"$ref":"#/definitions/duration"},"ulimits":{"$ref":"#/definitions/ulimits"},"healthcheck":{"title":"healthcheck","type":"object","x-expects":"a map such as {test: [CMD, pg_isready]}","required":["test"],"additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"test":{"type":["string","array"],"minLength":1,"minItems":1,"items":{"$ref":"#/definitions/text"},"x-expects":"a text for the shell, or a list such as [CMD, pg_isready]"},"interval":{"$ref":"#/definitions/duration"},"timeout":{"$ref":"#/definitions/duration"},"retries":{"type":"integer","minimum":1,"maximum":1000000,"x-expects":"a whole number from 1 to 1000000"},"start_period":{"$ref":"#/definitions/duration"},"start_interval":{"$ref":"#/definitions/duration"},"on_failure":{"type":"string","enum":["restart","stop","none"]}}},"depends_on":{"type":["array","object"],"maxItems":64,"maxProperties":64,"uniqueItems":true,"x-expects":"a list such as [db/postgres], or a map such as {db/postgres: {condition: process_healthy}}","items":{"type":"string","maxLength":127,"pattern":"^[a-z0-9/-]+$","x-expects":"the name of a process, or ENVIRONMENT/PROCESS"},"propertyNames":{"maxLength":127,"pattern":"^[a-z0-9/-]+$","x-expects":"the name of a process, or ENVIRONMENT/PROCESS"},"additionalProperties":{"title":"depends_on","type":"object","x-expects":"a map such as {condition: process_healthy}","additionalProperties":false,"properties":{"condition":{"type":"string","enum":["process_started","process_healthy","process_completed"]},"timeout":{"$ref":"#/definitions/duration"}}}},"on_change":{"title":"on_change","type":"object","x-expects":"a map such as {secrets: signal SIGHUP}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"config":{"$ref":"#/definitions/reaction"},"files":{"$ref":"#/definitions/reaction"},"secrets":{"$ref":"#/definitions/reaction"}}},"hooks":{"title":"hooks","type":"object","x-expects":"a map such as {pre_start: [/srv/migrate]}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"pre_start":{"$ref":"#/definitions/command"},"post_start":{"$ref":"#/definitions/command"},"pre_stop":{"$ref":"#/definitions/command"},"post_stop":{"$ref":"#/definitions/command"},"timeout":{"$ref":"#/definitions/duration"}}}}}}};
const func0 = Object.prototype.hasOwnProperty;
const pattern0 = new RegExp("^x-", "u");
const pattern1 = new RegExp("^[a-z][a-z0-9-]*$", "u");
const schema7 = {"type":"string","maxLength":63,"pattern":"^[a-z][a-z0-9-]*$","x-expects":"1 to 63 of a-z, 0-9 and -, beginning with a letter"};

function validate22(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(typeof data === "string"){
if(data.length > 63){
const err0 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 63}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(!pattern1.test(data)){
const err1 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^[a-z][a-z0-9-]*$"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
else {
const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
validate22.errors = vErrors;
return errors === 0;
}

const schema8 = {"type":"string","maxLength":4095,"pattern":"^[^\\u0000-\\u001f\\u007f]+$","x-expects":"a path without control characters"};
const pattern2 = new RegExp("^[^\\u0000-\\u001f\\u007f]+$", "u");

function validate24(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(typeof data === "string"){
if(data.length > 4095){
const err0 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 4095}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(!pattern2.test(data)){
const err1 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000-\\u001f\\u007f]+$"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
else {
const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
validate24.errors = vErrors;
return errors === 0;
}

const schema9 = {"title":"environment","type":"object","x-expects":"a map with a rootfs","required":["rootfs"],"additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"description":{"type":"string","maxLength":1000,"pattern":"^[^\\u0000]*$","x-expects":"text of at most 1000 characters"},"labels":{"title":"labels","type":"object","x-expects":"a map such as {team: web}","propertyNames":{"maxLength":128,"pattern":"^[A-Za-z0-9][A-Za-z0-9._/-]*$","x-expects":"letters, digits, . _ / and -, beginning with a letter or digit"},"additionalProperties":{"$ref":"#/definitions/text"}},"extends":{"title":"extends","type":["string","object"],"maxLength":63,"pattern":"^[a-z][a-z0-9-]*$","x-expects":"the name of an environment, or a map such as {file: ./base.yaml, environment: web}","required":["environment"],"additionalProperties":false,"properties":{"file":{"$ref":"#/definitions/path"},"environment":{"$ref":"#/definitions/name"}}},"profiles":{"type":"array","x-expects":"a list of names such as [dev]","items":{"type":"string","maxLength":63,"pattern":"^[A-Za-z0-9][A-Za-z0-9_.-]*$","x-expects":"1 to 63 letters, digits, _ . and -, beginning with a letter or digit"},"maxItems":64},"rootfs":{"$ref":"#/definitions/rootfs"},"overlay":{"type":"string","enum":["persistent","ephemeral","none"]},"read_only":{"type":"boolean"},"namespaces":{"title":"namespaces","type":["object","array"],"x-expects":"a map such as {net: private} or a list such as [mount, pid, net]","additionalProperties":false,"properties":{"mount":{"type":"string","enum":["private"]},"uts":{"$ref":"#/definitions/namespace"},"ipc":{"$ref":"#/definitions/namespace"},"net":{"$ref":"#/definitions/namespace"},"pid":{"type":"string","maxLength":4100,"pattern":"^(private|host|join:[a-z][a-z0-9-]*)$","x-expects":"private, host or join:ENVIRONMENT"},"user":{"type":"string","enum":["private","host"]},"cgroup":{"$ref":"#/definitions/namespace"},"time":{"$ref":"#/definitions/namespace"}},"items":{"type":"string","enum":["mount","uts","ipc","net","pid","user","cgroup","time"]},"maxItems":16},"time_offsets":{"title":"time_offsets","type":"object","x-expects":"a map such as {boottime: 60}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"monotonic":{"$ref":"#/definitions/seconds"},"boottime":{"$ref":"#/definitions/seconds"}}},"users":{"$ref":"#/definitions/users"},"unsafe":{"type":"array","x-expects":"a list such as [host-pid]","items":{"type":"string","enum":["host-user","host-pid"]},"maxItems":16},"hostname":{"$ref":"#/definitions/hostname"},"domainname":{"$ref":"#/definitions/hostname"},"extra_hosts":{"title":"extra_hosts","type":"object","x-expects":"a map such as {db: 10.0.0.5}","propertyNames":{"maxLength":253,"pattern":"^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$","x-expects":"a host name of letters, digits, -, _ and dots, at most 253 characters"},"additionalProperties":{"$ref":"#/definitions/addresses"}},"dns":{"title":"dns","type":["string","array"],"x-expects":"host, none or a list of addresses such as [192.0.2.53]","if":{"type":"string"},"then":{"enum":["host","none"]},"minItems":1,"maxItems":3,"items":{"$ref":"#/definitions/address"}},"mounts":{"title":"mounts","type":"object","x-expects":"a map by target, such as {/tmp: {type: tmpfs}}","additionalProperties":{"$ref":"#/definitions/mount"}},"files":{"title":"files","type":"object","x-expects":"a map by path, such as {/etc/motd: {content: hello}}","additionalProperties":{"$ref":"#/definitions/file"}},"secrets":{"title":"secrets","type":"object","x-expects":"a map by name, such as {db: {file: ./db.txt}}","propertyNames":{"maxLength":63,"pattern":"^[A-Za-z0-9][A-Za-z0-9_.-]*$","x-expects":"1 to 63 letters, digits, _ . and -, beginning with a letter or digit"},"additionalProperties":{"$ref":"#/definitions/secret"}},"resources":{"title":"resources","type":"object","x-expects":"a map such as {limits: {memory: 256M}}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"limits":{"$ref":"#/definitions/limits"},"cpuset":{"type":["string","integer"],"minimum":0,"maximum":65535,"maxLength":1024,"pattern":"^[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*$","x-expects":"a list such as 0-1,3"},"cpuset_mems":{"type":["string","integer"],"minimum":0,"maximum":65535,"maxLength":1024,"pattern":"^[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*$","x-expects":"a list such as 0-1,3"}}},"oom_score_adj":{"type":"integer","minimum":-1000,"maximum":1000,"x-expects":"a whole number from -1000 to 1000"},"logging":{"$ref":"#/definitions/logging"},"ulimits":{"$ref":"#/definitions/ulimits"},"security":{"$ref":"#/definitions/security"},"network":{"title":"network","type":"object","x-expects":"a map such as {mode: none}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"mode":{"type":"string","enum":["none","host","nat","bridge","macvlan","user","join","path"]},"bridge":{"$ref":"#/definitions/hostInterface"},"parent":{"$ref":"#/definitions/hostInterface"},"join":{"$ref":"#/definitions/name"},"path":{"$ref":"#/definitions/path"},"ports":{"type":"object","x-expects":"a map such as {\"127.0.0.1:8080\": 80/tcp}","propertyNames":{"maxLength":64,"pattern":"^(([0-9.]+|\\[[0-9A-Fa-f:.]+\\]):)?[0-9]{1,5}(-[0-9]{1,5})?$","x-expects":"a port such as 8080 or a range such as 8000-8010, with an address of the host before it or none: 127.0.0.1:8080, [2001:db8::1]:8080"},"additionalProperties":{"type":["integer","string"],"maxLength":16,"pattern":"^[0-9]{1,5}(-[0-9]{1,5})?(/(tcp|udp))?$","x-expects":"a port inside such as 80, 80/tcp, 53/udp or 8000-8010"}},"address":{"type":"string","x-expects":"an address such as 10.213.0.5, or 192.0.2.5/24 with mode bridge or macvlan","maxLength":49,"pattern":"^([0-9.]+(/[0-9]{1,2})?|[0-9A-Fa-f:.]+/[0-9]{1,3})$"},"mac_address":{"type":"string","x-expects":"a MAC address in quotes such as \"02:00:00:00:00:05\"","maxLength":17,"pattern":"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$"},"mtu":{"type":"integer","minimum":1280,"maximum":65535},"routes":{"type":"object","x-expects":"a map such as {10.9.0.0/16: 10.213.0.5}","propertyNames":{"maxLength":49,"pattern":"^(default|[0-9.]+/[0-9]{1,2}|[0-9A-Fa-f:.]+/[0-9]{1,3})$","x-expects":"a prefix such as 10.9.0.0/16, or default"},"additionalProperties":{"type":"string","maxLength":64,"pattern":"^([0-9A-Fa-f:.]+|[a-z0-9][a-z0-9_-]*)$","x-expects":"an address or the name of an environment"}},"egress":{"type":"object","x-expects":"a map such as {allow: [dns, 10.0.0.0/8:5432]}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"allow":{"$ref":"#/definitions/peers"},"deny":{"$ref":"#/definitions/peers"}}},"ingress":{"type":"object","x-expects":"a map such as {allow: [host:80]}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"allow":{"$ref":"#/definitions/peers"},"deny":{"$ref":"#/definitions/peers"}}}}},"sysctls":{"title":"sysctls","type":"object","x-expects":"a map such as {net.ipv4.ip_forward: 1}","propertyNames":{"maxLength":255,"pattern":"^[a-z0-9_]+(\\.[A-Za-z0-9_-]+)+$","x-expects":"a dotted name such as net.ipv4.ip_forward"},"additionalProperties":{"$ref":"#/definitions/sysctl"}},"moved_from":{"$ref":"#/definitions/name"},"lifecycle":{"title":"lifecycle","type":"object","x-expects":"a map such as {prevent_destroy: true}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"prevent_destroy":{"type":"boolean"},"prevent_restart":{"type":"boolean"}}},"command":{"$ref":"#/definitions/command"},"processes":{"title":"processes","type":"object","x-expects":"a map of processes by name, such as {web: {command: [nginx]}}","propertyNames":{"maxLength":63,"pattern":"^[a-z][a-z0-9-]*$","x-expects":"1 to 63 of a-z, 0-9 and -, beginning with a letter"},"additionalProperties":{"$ref":"#/definitions/process"}},"env_file":{"$ref":"#/definitions/env_file"},"environment":{"$ref":"#/definitions/variables"},"working_dir":{"$ref":"#/definitions/path"},"user":{"$ref":"#/definitions/user"},"drift":{"title":"drift","type":"object","x-expects":"a map such as {policy: warn}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"policy":{"$ref":"#/definitions/drift_policy"},"ignore":{"type":"array","maxItems":256,"items":{"$ref":"#/definitions/place"},"x-expects":"a list of addresses such as [hostname]"},"policies":{"title":"drift_policies","type":"object","x-expects":"a map such as {hostname: warn}","propertyNames":{"$ref":"#/definitions/place"},"additionalProperties":{"$ref":"#/definitions/drift_policy"}}}}}};
const pattern5 = new RegExp("^[^\\u0000]*$", "u");
const pattern6 = new RegExp("^[A-Za-z0-9][A-Za-z0-9._/-]*$", "u");
const pattern9 = new RegExp("^[A-Za-z0-9][A-Za-z0-9_.-]*$", "u");
const pattern24 = new RegExp("^(private|host|join:[a-z][a-z0-9-]*)$", "u");
const pattern28 = new RegExp("^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$", "u");
const pattern51 = new RegExp("^[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*$", "u");
const pattern57 = new RegExp("^(([0-9.]+|\\[[0-9A-Fa-f:.]+\\]):)?[0-9]{1,5}(-[0-9]{1,5})?$", "u");
const pattern58 = new RegExp("^[0-9]{1,5}(-[0-9]{1,5})?(/(tcp|udp))?$", "u");
const pattern59 = new RegExp("^([0-9.]+(/[0-9]{1,2})?|[0-9A-Fa-f:.]+/[0-9]{1,3})$", "u");
const pattern60 = new RegExp("^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$", "u");
const pattern61 = new RegExp("^(default|[0-9.]+/[0-9]{1,2}|[0-9A-Fa-f:.]+/[0-9]{1,3})$", "u");
const pattern62 = new RegExp("^([0-9A-Fa-f:.]+|[a-z0-9][a-z0-9_-]*)$", "u");
const pattern66 = new RegExp("^[a-z0-9_]+(\\.[A-Za-z0-9_-]+)+$", "u");
const schema10 = {"type":["string","number","boolean"],"maxLength":131071,"pattern":"^[^\\u0000]*$","x-expects":"text (at most 128 KiB, without NUL bytes)"};

function validate27(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(((typeof data !== "string") && (!((typeof data == "number") && (isFinite(data))))) && (typeof data !== "boolean")){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: schema10.type}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(typeof data === "string"){
if(data.length > 131071){
const err1 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 131071}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!pattern5.test(data)){
const err2 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
validate27.errors = vErrors;
return errors === 0;
}

const schema11 = {"title":"rootfs","type":"object","x-expects":"a map such as {release: bookworm}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"release":{"type":"string","maxLength":64,"pattern":"^[a-z][a-z0-9.-]*$","x-expects":"the code name of a release, such as bookworm or jammy"},"directory":{"$ref":"#/definitions/path"},"tar":{"$ref":"#/definitions/path"},"oci":{"$ref":"#/definitions/path"},"image":{"type":"string","maxLength":256,"pattern":"^[A-Za-z0-9][A-Za-z0-9._:@/+-]*$","x-expects":"the name of an image in the layout, such as latest"},"environment":{"$ref":"#/definitions/name"},"distribution":{"type":"string","enum":["debian","ubuntu"]},"variant":{"type":"string","enum":["minbase","buildd","essential","apt","required","important","standard"]},"components":{"type":"array","x-expects":"a list such as [main]","minItems":1,"maxItems":32,"items":{"type":"string","maxLength":64,"pattern":"^[a-z][a-z0-9/-]*$","x-expects":"the name of a component, such as main"}},"packages":{"type":"array","x-expects":"a list such as [curl, nginx-light]","maxItems":4096,"items":{"type":"string","maxLength":128,"pattern":"^[a-z0-9][a-z0-9+.-]*$","x-expects":"the name of a package, such as nginx-light"}},"files":{"title":"rootfs_files","type":"object","x-expects":"a map by path, such as {/etc/motd: {content: hello}}","additionalProperties":{"$ref":"#/definitions/rootfs_file"}},"setup":{"type":"array","x-expects":"a list of commands such as [adduser --system app]","maxItems":8,"items":{"$ref":"#/definitions/setup"}},"mirror":{"type":"string","maxLength":2048,"pattern":"^(https?://|file:/|copy:/)[A-Za-z0-9._~:/@%+-]+$","x-expects":"an address such as http://deb.debian.org/debian"},"snapshot":{"type":"string","maxLength":16,"pattern":"^[0-9]{8}T[0-9]{6}Z$","x-expects":"a moment such as 20261101T000000Z"},"keyring":{"$ref":"#/definitions/path"},"architecture":{"type":"string","enum":["amd64","arm64","armel","armhf","i386","mips64el","ppc64el","riscv64","s390x"]},"tool":{"type":"string","enum":["auto","mmdebstrap","debootstrap"]}},"allOf":[{"if":{"required":["directory"]},"then":{"x-applies":"a root from a directory","properties":{"distribution":false,"variant":false,"components":false,"packages":false,"mirror":false,"snapshot":false,"keyring":false,"tool":false,"image":false,"files":false,"setup":false}}},{"if":{"required":["tar"]},"then":{"x-applies":"a root from a tar","properties":{"distribution":false,"variant":false,"components":false,"packages":false,"mirror":false,"snapshot":false,"keyring":false,"tool":false,"image":false}}},{"if":{"required":["oci"]},"then":{"x-applies":"a root from an OCI image","properties":{"distribution":false,"variant":false,"components":false,"packages":false,"mirror":false,"keyring":false,"tool":false}}},{"if":{"required":["environment"]},"then":{"x-applies":"the root of another environment","properties":{"architecture":false,"distribution":false,"variant":false,"components":false,"packages":false,"mirror":false,"keyring":false,"tool":false,"image":false,"files":false,"setup":false}}}]};
const pattern11 = new RegExp("^[a-z][a-z0-9.-]*$", "u");
const pattern12 = new RegExp("^[A-Za-z0-9][A-Za-z0-9._:@/+-]*$", "u");
const pattern13 = new RegExp("^[a-z][a-z0-9/-]*$", "u");
const pattern14 = new RegExp("^[a-z0-9][a-z0-9+.-]*$", "u");
const pattern21 = new RegExp("^(https?://|file:/|copy:/)[A-Za-z0-9._~:/@%+-]+$", "u");
const pattern22 = new RegExp("^[0-9]{8}T[0-9]{6}Z$", "u");
const schema12 = {"title":"rootfs_file","type":["object","string"],"x-expects":"a map with content or source, or a path such as ./app.conf","maxLength":4095,"pattern":"^[^\\u0000-\\u001f\\u007f]+$","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"content":{"type":"string","maxLength":131072,"x-expects":"text of at most 128 KiB"},"source":{"$ref":"#/definitions/path"},"uid":{"$ref":"#/definitions/id"},"gid":{"$ref":"#/definitions/id"},"mode":{"type":["string","integer"],"minimum":0,"maximum":4095,"maxLength":5,"pattern":"^0?[0-7]{3,4}$","x-expects":"an octal mode such as \"0644\" or 0o644"}}};
const pattern17 = new RegExp("^0?[0-7]{3,4}$", "u");
const schema13 = {"type":"integer","minimum":0,"maximum":4294967294,"x-expects":"a whole number from 0 to 4294967294"};

function validate38(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(!(((typeof data == "number") && (!(data % 1) && !isNaN(data))) && (isFinite(data)))){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if((typeof data == "number") && (isFinite(data))){
if(data > 4294967294 || isNaN(data)){
const err1 = {instancePath,schemaPath:"#/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967294}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data < 0 || isNaN(data)){
const err2 = {instancePath,schemaPath:"#/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
validate38.errors = vErrors;
return errors === 0;
}


function validate36(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if((!(data && typeof data == "object" && !Array.isArray(data))) && (typeof data !== "string")){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: schema12.type}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(typeof data === "string"){
if(data.length > 4095){
const err1 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 4095}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!pattern2.test(data)){
const err2 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000-\\u001f\\u007f]+$"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 of Object.keys(data)){
if(!((((((key0 === "content") || (key0 === "source")) || (key0 === "uid")) || (key0 === "gid")) || (key0 === "mode")) || (pattern0.test(key0)))){
const err3 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.content !== undefined && func0.call(data, "content")){
let data0 = data.content;
if(typeof data0 === "string"){
if(data0.length > 131072){
const err4 = {instancePath:instancePath+"/content",schemaPath:"#/properties/content/maxLength",keyword:"maxLength",params:{limit: 131072}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/content",schemaPath:"#/properties/content/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.source !== undefined && func0.call(data, "source")){
if(!(validate24(data.source, {instancePath:instancePath+"/source",parentData:data,parentDataProperty:"source",rootData}))){
if(vErrors === null){vErrors = validate24.errors;}else{for(const e of validate24.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.uid !== undefined && func0.call(data, "uid")){
if(!(validate38(data.uid, {instancePath:instancePath+"/uid",parentData:data,parentDataProperty:"uid",rootData}))){
if(vErrors === null){vErrors = validate38.errors;}else{for(const e of validate38.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.gid !== undefined && func0.call(data, "gid")){
if(!(validate38(data.gid, {instancePath:instancePath+"/gid",parentData:data,parentDataProperty:"gid",rootData}))){
if(vErrors === null){vErrors = validate38.errors;}else{for(const e of validate38.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.mode !== undefined && func0.call(data, "mode")){
let data4 = data.mode;
if((typeof data4 !== "string") && (!(((typeof data4 == "number") && (!(data4 % 1) && !isNaN(data4))) && (isFinite(data4))))){
const err6 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/type",keyword:"type",params:{type: schema12.properties.mode.type}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if((typeof data4 == "number") && (isFinite(data4))){
if(data4 > 4095 || isNaN(data4)){
const err7 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4095}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(data4 < 0 || isNaN(data4)){
const err8 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(typeof data4 === "string"){
if(data4.length > 5){
const err9 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/maxLength",keyword:"maxLength",params:{limit: 5}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(!pattern17.test(data4)){
const err10 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/pattern",keyword:"pattern",params:{pattern: "^0?[0-7]{3,4}$"}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
}
}
validate36.errors = vErrors;
return errors === 0;
}

const schema14 = {"title":"setup","type":["string","object"],"x-expects":"a command such as \"adduser --system app\", or a map such as {run: make install, network: host}","maxLength":131071,"minLength":1,"pattern":"^[^\\u0000]*$","required":["run"],"additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"run":{"type":"string","minLength":1,"maxLength":131071,"pattern":"^[^\\u0000]*$","x-expects":"a command of a shell"},"network":{"type":"string","enum":["none","host"]}}};

function validate42(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if((typeof data !== "string") && (!(data && typeof data == "object" && !Array.isArray(data)))){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: schema14.type}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(typeof data === "string"){
if(data.length > 131071){
const err1 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 131071}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.length < 1){
const err2 = {instancePath,schemaPath:"#/minLength",keyword:"minLength",params:{limit: 1}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(!pattern5.test(data)){
const err3 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data && typeof data == "object" && !Array.isArray(data)){
if((data.run === undefined) || (!(func0.call(data, "run")))){
const err4 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "run"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
for(const key0 of Object.keys(data)){
if(!(((key0 === "run") || (key0 === "network")) || (pattern0.test(key0)))){
const err5 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.run !== undefined && func0.call(data, "run")){
let data0 = data.run;
if(typeof data0 === "string"){
if(data0.length > 131071){
const err6 = {instancePath:instancePath+"/run",schemaPath:"#/properties/run/maxLength",keyword:"maxLength",params:{limit: 131071}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(data0.length < 1){
const err7 = {instancePath:instancePath+"/run",schemaPath:"#/properties/run/minLength",keyword:"minLength",params:{limit: 1}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(!pattern5.test(data0)){
const err8 = {instancePath:instancePath+"/run",schemaPath:"#/properties/run/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
else {
const err9 = {instancePath:instancePath+"/run",schemaPath:"#/properties/run/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data.network !== undefined && func0.call(data, "network")){
let data1 = data.network;
if(typeof data1 !== "string"){
const err10 = {instancePath:instancePath+"/network",schemaPath:"#/properties/network/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(!((data1 === "none") || (data1 === "host"))){
const err11 = {instancePath:instancePath+"/network",schemaPath:"#/properties/network/enum",keyword:"enum",params:{allowedValues: schema14.properties.network.enum}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
validate42.errors = vErrors;
return errors === 0;
}


function validate31(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
const _errs2 = errors;
let valid1 = true;
const _errs3 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if(((data.directory === undefined) || (!(func0.call(data, "directory")))) && (missing0 = "directory")){
const err0 = {};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
var _valid0 = _errs3 === errors;
errors = _errs2;
if(vErrors !== null){
if(_errs2){
vErrors.length = _errs2;
}
else {
vErrors = null;
}
}
if(_valid0){
const _errs4 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.distribution !== undefined && func0.call(data, "distribution")){
const err1 = {instancePath:instancePath+"/distribution",schemaPath:"#/allOf/0/then/properties/distribution/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.variant !== undefined && func0.call(data, "variant")){
const err2 = {instancePath:instancePath+"/variant",schemaPath:"#/allOf/0/then/properties/variant/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.components !== undefined && func0.call(data, "components")){
const err3 = {instancePath:instancePath+"/components",schemaPath:"#/allOf/0/then/properties/components/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(data.packages !== undefined && func0.call(data, "packages")){
const err4 = {instancePath:instancePath+"/packages",schemaPath:"#/allOf/0/then/properties/packages/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data.mirror !== undefined && func0.call(data, "mirror")){
const err5 = {instancePath:instancePath+"/mirror",schemaPath:"#/allOf/0/then/properties/mirror/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(data.snapshot !== undefined && func0.call(data, "snapshot")){
const err6 = {instancePath:instancePath+"/snapshot",schemaPath:"#/allOf/0/then/properties/snapshot/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(data.keyring !== undefined && func0.call(data, "keyring")){
const err7 = {instancePath:instancePath+"/keyring",schemaPath:"#/allOf/0/then/properties/keyring/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(data.tool !== undefined && func0.call(data, "tool")){
const err8 = {instancePath:instancePath+"/tool",schemaPath:"#/allOf/0/then/properties/tool/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if(data.image !== undefined && func0.call(data, "image")){
const err9 = {instancePath:instancePath+"/image",schemaPath:"#/allOf/0/then/properties/image/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(data.files !== undefined && func0.call(data, "files")){
const err10 = {instancePath:instancePath+"/files",schemaPath:"#/allOf/0/then/properties/files/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(data.setup !== undefined && func0.call(data, "setup")){
const err11 = {instancePath:instancePath+"/setup",schemaPath:"#/allOf/0/then/properties/setup/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
var _valid0 = _errs4 === errors;
valid1 = _valid0;
}
if(!valid1){
const err12 = {instancePath,schemaPath:"#/allOf/0/if",keyword:"if",params:{failingKeyword: "then"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
const _errs6 = errors;
let valid3 = true;
const _errs7 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
let missing1;
if(((data.tar === undefined) || (!(func0.call(data, "tar")))) && (missing1 = "tar")){
const err13 = {};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
var _valid1 = _errs7 === errors;
errors = _errs6;
if(vErrors !== null){
if(_errs6){
vErrors.length = _errs6;
}
else {
vErrors = null;
}
}
if(_valid1){
const _errs8 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.distribution !== undefined && func0.call(data, "distribution")){
const err14 = {instancePath:instancePath+"/distribution",schemaPath:"#/allOf/1/then/properties/distribution/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
if(data.variant !== undefined && func0.call(data, "variant")){
const err15 = {instancePath:instancePath+"/variant",schemaPath:"#/allOf/1/then/properties/variant/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
if(data.components !== undefined && func0.call(data, "components")){
const err16 = {instancePath:instancePath+"/components",schemaPath:"#/allOf/1/then/properties/components/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
if(data.packages !== undefined && func0.call(data, "packages")){
const err17 = {instancePath:instancePath+"/packages",schemaPath:"#/allOf/1/then/properties/packages/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
if(data.mirror !== undefined && func0.call(data, "mirror")){
const err18 = {instancePath:instancePath+"/mirror",schemaPath:"#/allOf/1/then/properties/mirror/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
if(data.snapshot !== undefined && func0.call(data, "snapshot")){
const err19 = {instancePath:instancePath+"/snapshot",schemaPath:"#/allOf/1/then/properties/snapshot/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
if(data.keyring !== undefined && func0.call(data, "keyring")){
const err20 = {instancePath:instancePath+"/keyring",schemaPath:"#/allOf/1/then/properties/keyring/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
if(data.tool !== undefined && func0.call(data, "tool")){
const err21 = {instancePath:instancePath+"/tool",schemaPath:"#/allOf/1/then/properties/tool/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
if(data.image !== undefined && func0.call(data, "image")){
const err22 = {instancePath:instancePath+"/image",schemaPath:"#/allOf/1/then/properties/image/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
var _valid1 = _errs8 === errors;
valid3 = _valid1;
}
if(!valid3){
const err23 = {instancePath,schemaPath:"#/allOf/1/if",keyword:"if",params:{failingKeyword: "then"}};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
const _errs10 = errors;
let valid5 = true;
const _errs11 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
let missing2;
if(((data.oci === undefined) || (!(func0.call(data, "oci")))) && (missing2 = "oci")){
const err24 = {};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
}
var _valid2 = _errs11 === errors;
errors = _errs10;
if(vErrors !== null){
if(_errs10){
vErrors.length = _errs10;
}
else {
vErrors = null;
}
}
if(_valid2){
const _errs12 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.distribution !== undefined && func0.call(data, "distribution")){
const err25 = {instancePath:instancePath+"/distribution",schemaPath:"#/allOf/2/then/properties/distribution/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
if(data.variant !== undefined && func0.call(data, "variant")){
const err26 = {instancePath:instancePath+"/variant",schemaPath:"#/allOf/2/then/properties/variant/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
if(data.components !== undefined && func0.call(data, "components")){
const err27 = {instancePath:instancePath+"/components",schemaPath:"#/allOf/2/then/properties/components/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
if(data.packages !== undefined && func0.call(data, "packages")){
const err28 = {instancePath:instancePath+"/packages",schemaPath:"#/allOf/2/then/properties/packages/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
if(data.mirror !== undefined && func0.call(data, "mirror")){
const err29 = {instancePath:instancePath+"/mirror",schemaPath:"#/allOf/2/then/properties/mirror/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
if(data.keyring !== undefined && func0.call(data, "keyring")){
const err30 = {instancePath:instancePath+"/keyring",schemaPath:"#/allOf/2/then/properties/keyring/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
if(data.tool !== undefined && func0.call(data, "tool")){
const err31 = {instancePath:instancePath+"/tool",schemaPath:"#/allOf/2/then/properties/tool/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
var _valid2 = _errs12 === errors;
valid5 = _valid2;
}
if(!valid5){
const err32 = {instancePath,schemaPath:"#/allOf/2/if",keyword:"if",params:{failingKeyword: "then"}};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
const _errs14 = errors;
let valid7 = true;
const _errs15 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
let missing3;
if(((data.environment === undefined) || (!(func0.call(data, "environment")))) && (missing3 = "environment")){
const err33 = {};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
}
var _valid3 = _errs15 === errors;
errors = _errs14;
if(vErrors !== null){
if(_errs14){
vErrors.length = _errs14;
}
else {
vErrors = null;
}
}
if(_valid3){
const _errs16 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.architecture !== undefined && func0.call(data, "architecture")){
const err34 = {instancePath:instancePath+"/architecture",schemaPath:"#/allOf/3/then/properties/architecture/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
if(data.distribution !== undefined && func0.call(data, "distribution")){
const err35 = {instancePath:instancePath+"/distribution",schemaPath:"#/allOf/3/then/properties/distribution/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
if(data.variant !== undefined && func0.call(data, "variant")){
const err36 = {instancePath:instancePath+"/variant",schemaPath:"#/allOf/3/then/properties/variant/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
if(data.components !== undefined && func0.call(data, "components")){
const err37 = {instancePath:instancePath+"/components",schemaPath:"#/allOf/3/then/properties/components/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
if(data.packages !== undefined && func0.call(data, "packages")){
const err38 = {instancePath:instancePath+"/packages",schemaPath:"#/allOf/3/then/properties/packages/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
if(data.mirror !== undefined && func0.call(data, "mirror")){
const err39 = {instancePath:instancePath+"/mirror",schemaPath:"#/allOf/3/then/properties/mirror/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
if(data.keyring !== undefined && func0.call(data, "keyring")){
const err40 = {instancePath:instancePath+"/keyring",schemaPath:"#/allOf/3/then/properties/keyring/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
if(data.tool !== undefined && func0.call(data, "tool")){
const err41 = {instancePath:instancePath+"/tool",schemaPath:"#/allOf/3/then/properties/tool/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
if(data.image !== undefined && func0.call(data, "image")){
const err42 = {instancePath:instancePath+"/image",schemaPath:"#/allOf/3/then/properties/image/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
}
if(data.files !== undefined && func0.call(data, "files")){
const err43 = {instancePath:instancePath+"/files",schemaPath:"#/allOf/3/then/properties/files/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
if(data.setup !== undefined && func0.call(data, "setup")){
const err44 = {instancePath:instancePath+"/setup",schemaPath:"#/allOf/3/then/properties/setup/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
}
var _valid3 = _errs16 === errors;
valid7 = _valid3;
}
if(!valid7){
const err45 = {instancePath,schemaPath:"#/allOf/3/if",keyword:"if",params:{failingKeyword: "then"}};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 of Object.keys(data)){
if(!((func0.call(schema11.properties, key0)) || (pattern0.test(key0)))){
const err46 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err46];
}
else {
vErrors.push(err46);
}
errors++;
}
}
if(data.release !== undefined && func0.call(data, "release")){
let data38 = data.release;
if(typeof data38 === "string"){
if(data38.length > 64){
const err47 = {instancePath:instancePath+"/release",schemaPath:"#/properties/release/maxLength",keyword:"maxLength",params:{limit: 64}};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
if(!pattern11.test(data38)){
const err48 = {instancePath:instancePath+"/release",schemaPath:"#/properties/release/pattern",keyword:"pattern",params:{pattern: "^[a-z][a-z0-9.-]*$"}};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
}
else {
const err49 = {instancePath:instancePath+"/release",schemaPath:"#/properties/release/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
}
if(data.directory !== undefined && func0.call(data, "directory")){
if(!(validate24(data.directory, {instancePath:instancePath+"/directory",parentData:data,parentDataProperty:"directory",rootData}))){
if(vErrors === null){vErrors = validate24.errors;}else{for(const e of validate24.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.tar !== undefined && func0.call(data, "tar")){
if(!(validate24(data.tar, {instancePath:instancePath+"/tar",parentData:data,parentDataProperty:"tar",rootData}))){
if(vErrors === null){vErrors = validate24.errors;}else{for(const e of validate24.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.oci !== undefined && func0.call(data, "oci")){
if(!(validate24(data.oci, {instancePath:instancePath+"/oci",parentData:data,parentDataProperty:"oci",rootData}))){
if(vErrors === null){vErrors = validate24.errors;}else{for(const e of validate24.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.image !== undefined && func0.call(data, "image")){
let data42 = data.image;
if(typeof data42 === "string"){
if(data42.length > 256){
const err50 = {instancePath:instancePath+"/image",schemaPath:"#/properties/image/maxLength",keyword:"maxLength",params:{limit: 256}};
if(vErrors === null){
vErrors = [err50];
}
else {
vErrors.push(err50);
}
errors++;
}
if(!pattern12.test(data42)){
const err51 = {instancePath:instancePath+"/image",schemaPath:"#/properties/image/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9][A-Za-z0-9._:@/+-]*$"}};
if(vErrors === null){
vErrors = [err51];
}
else {
vErrors.push(err51);
}
errors++;
}
}
else {
const err52 = {instancePath:instancePath+"/image",schemaPath:"#/properties/image/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err52];
}
else {
vErrors.push(err52);
}
errors++;
}
}
if(data.environment !== undefined && func0.call(data, "environment")){
if(!(validate22(data.environment, {instancePath:instancePath+"/environment",parentData:data,parentDataProperty:"environment",rootData}))){
if(vErrors === null){vErrors = validate22.errors;}else{for(const e of validate22.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.distribution !== undefined && func0.call(data, "distribution")){
let data44 = data.distribution;
if(typeof data44 !== "string"){
const err53 = {instancePath:instancePath+"/distribution",schemaPath:"#/properties/distribution/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err53];
}
else {
vErrors.push(err53);
}
errors++;
}
if(!((data44 === "debian") || (data44 === "ubuntu"))){
const err54 = {instancePath:instancePath+"/distribution",schemaPath:"#/properties/distribution/enum",keyword:"enum",params:{allowedValues: schema11.properties.distribution.enum}};
if(vErrors === null){
vErrors = [err54];
}
else {
vErrors.push(err54);
}
errors++;
}
}
if(data.variant !== undefined && func0.call(data, "variant")){
let data45 = data.variant;
if(typeof data45 !== "string"){
const err55 = {instancePath:instancePath+"/variant",schemaPath:"#/properties/variant/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err55];
}
else {
vErrors.push(err55);
}
errors++;
}
if(!(((((((data45 === "minbase") || (data45 === "buildd")) || (data45 === "essential")) || (data45 === "apt")) || (data45 === "required")) || (data45 === "important")) || (data45 === "standard"))){
const err56 = {instancePath:instancePath+"/variant",schemaPath:"#/properties/variant/enum",keyword:"enum",params:{allowedValues: schema11.properties.variant.enum}};
if(vErrors === null){
vErrors = [err56];
}
else {
vErrors.push(err56);
}
errors++;
}
}
if(data.components !== undefined && func0.call(data, "components")){
let data46 = data.components;
if(Array.isArray(data46)){
if(data46.length > 32){
const err57 = {instancePath:instancePath+"/components",schemaPath:"#/properties/components/maxItems",keyword:"maxItems",params:{limit: 32}};
if(vErrors === null){
vErrors = [err57];
}
else {
vErrors.push(err57);
}
errors++;
}
if(data46.length < 1){
const err58 = {instancePath:instancePath+"/components",schemaPath:"#/properties/components/minItems",keyword:"minItems",params:{limit: 1}};
if(vErrors === null){
vErrors = [err58];
}
else {
vErrors.push(err58);
}
errors++;
}
const len0 = data46.length;
for(let i0=0; i0<len0; i0++){
let data47 = data46[i0];
if(typeof data47 === "string"){
if(data47.length > 64){
const err59 = {instancePath:instancePath+"/components/" + i0,schemaPath:"#/properties/components/items/maxLength",keyword:"maxLength",params:{limit: 64}};
if(vErrors === null){
vErrors = [err59];
}
else {
vErrors.push(err59);
}
errors++;
}
if(!pattern13.test(data47)){
const err60 = {instancePath:instancePath+"/components/" + i0,schemaPath:"#/properties/components/items/pattern",keyword:"pattern",params:{pattern: "^[a-z][a-z0-9/-]*$"}};
if(vErrors === null){
vErrors = [err60];
}
else {
vErrors.push(err60);
}
errors++;
}
}
else {
const err61 = {instancePath:instancePath+"/components/" + i0,schemaPath:"#/properties/components/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err61];
}
else {
vErrors.push(err61);
}
errors++;
}
}
}
else {
const err62 = {instancePath:instancePath+"/components",schemaPath:"#/properties/components/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err62];
}
else {
vErrors.push(err62);
}
errors++;
}
}
if(data.packages !== undefined && func0.call(data, "packages")){
let data48 = data.packages;
if(Array.isArray(data48)){
if(data48.length > 4096){
const err63 = {instancePath:instancePath+"/packages",schemaPath:"#/properties/packages/maxItems",keyword:"maxItems",params:{limit: 4096}};
if(vErrors === null){
vErrors = [err63];
}
else {
vErrors.push(err63);
}
errors++;
}
const len1 = data48.length;
for(let i1=0; i1<len1; i1++){
let data49 = data48[i1];
if(typeof data49 === "string"){
if(data49.length > 128){
const err64 = {instancePath:instancePath+"/packages/" + i1,schemaPath:"#/properties/packages/items/maxLength",keyword:"maxLength",params:{limit: 128}};
if(vErrors === null){
vErrors = [err64];
}
else {
vErrors.push(err64);
}
errors++;
}
if(!pattern14.test(data49)){
const err65 = {instancePath:instancePath+"/packages/" + i1,schemaPath:"#/properties/packages/items/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9][a-z0-9+.-]*$"}};
if(vErrors === null){
vErrors = [err65];
}
else {
vErrors.push(err65);
}
errors++;
}
}
else {
const err66 = {instancePath:instancePath+"/packages/" + i1,schemaPath:"#/properties/packages/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err66];
}
else {
vErrors.push(err66);
}
errors++;
}
}
}
else {
const err67 = {instancePath:instancePath+"/packages",schemaPath:"#/properties/packages/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err67];
}
else {
vErrors.push(err67);
}
errors++;
}
}
if(data.files !== undefined && func0.call(data, "files")){
let data50 = data.files;
if(data50 && typeof data50 == "object" && !Array.isArray(data50)){
for(const key1 of Object.keys(data50)){
if(!(validate36(data50[key1], {instancePath:instancePath+"/files/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data50,parentDataProperty:key1,rootData}))){
if(vErrors === null){vErrors = validate36.errors;}else{for(const e of validate36.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err68 = {instancePath:instancePath+"/files",schemaPath:"#/properties/files/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err68];
}
else {
vErrors.push(err68);
}
errors++;
}
}
if(data.setup !== undefined && func0.call(data, "setup")){
let data52 = data.setup;
if(Array.isArray(data52)){
if(data52.length > 8){
const err69 = {instancePath:instancePath+"/setup",schemaPath:"#/properties/setup/maxItems",keyword:"maxItems",params:{limit: 8}};
if(vErrors === null){
vErrors = [err69];
}
else {
vErrors.push(err69);
}
errors++;
}
const len2 = data52.length;
for(let i2=0; i2<len2; i2++){
if(!(validate42(data52[i2], {instancePath:instancePath+"/setup/" + i2,parentData:data52,parentDataProperty:i2,rootData}))){
if(vErrors === null){vErrors = validate42.errors;}else{for(const e of validate42.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err70 = {instancePath:instancePath+"/setup",schemaPath:"#/properties/setup/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err70];
}
else {
vErrors.push(err70);
}
errors++;
}
}
if(data.mirror !== undefined && func0.call(data, "mirror")){
let data54 = data.mirror;
if(typeof data54 === "string"){
if(data54.length > 2048){
const err71 = {instancePath:instancePath+"/mirror",schemaPath:"#/properties/mirror/maxLength",keyword:"maxLength",params:{limit: 2048}};
if(vErrors === null){
vErrors = [err71];
}
else {
vErrors.push(err71);
}
errors++;
}
if(!pattern21.test(data54)){
const err72 = {instancePath:instancePath+"/mirror",schemaPath:"#/properties/mirror/pattern",keyword:"pattern",params:{pattern: "^(https?://|file:/|copy:/)[A-Za-z0-9._~:/@%+-]+$"}};
if(vErrors === null){
vErrors = [err72];
}
else {
vErrors.push(err72);
}
errors++;
}
}
else {
const err73 = {instancePath:instancePath+"/mirror",schemaPath:"#/properties/mirror/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err73];
}
else {
vErrors.push(err73);
}
errors++;
}
}
if(data.snapshot !== undefined && func0.call(data, "snapshot")){
let data55 = data.snapshot;
if(typeof data55 === "string"){
if(data55.length > 16){
const err74 = {instancePath:instancePath+"/snapshot",schemaPath:"#/properties/snapshot/maxLength",keyword:"maxLength",params:{limit: 16}};
if(vErrors === null){
vErrors = [err74];
}
else {
vErrors.push(err74);
}
errors++;
}
if(!pattern22.test(data55)){
const err75 = {instancePath:instancePath+"/snapshot",schemaPath:"#/properties/snapshot/pattern",keyword:"pattern",params:{pattern: "^[0-9]{8}T[0-9]{6}Z$"}};
if(vErrors === null){
vErrors = [err75];
}
else {
vErrors.push(err75);
}
errors++;
}
}
else {
const err76 = {instancePath:instancePath+"/snapshot",schemaPath:"#/properties/snapshot/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err76];
}
else {
vErrors.push(err76);
}
errors++;
}
}
if(data.keyring !== undefined && func0.call(data, "keyring")){
if(!(validate24(data.keyring, {instancePath:instancePath+"/keyring",parentData:data,parentDataProperty:"keyring",rootData}))){
if(vErrors === null){vErrors = validate24.errors;}else{for(const e of validate24.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.architecture !== undefined && func0.call(data, "architecture")){
let data57 = data.architecture;
if(typeof data57 !== "string"){
const err77 = {instancePath:instancePath+"/architecture",schemaPath:"#/properties/architecture/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err77];
}
else {
vErrors.push(err77);
}
errors++;
}
if(!(((((((((data57 === "amd64") || (data57 === "arm64")) || (data57 === "armel")) || (data57 === "armhf")) || (data57 === "i386")) || (data57 === "mips64el")) || (data57 === "ppc64el")) || (data57 === "riscv64")) || (data57 === "s390x"))){
const err78 = {instancePath:instancePath+"/architecture",schemaPath:"#/properties/architecture/enum",keyword:"enum",params:{allowedValues: schema11.properties.architecture.enum}};
if(vErrors === null){
vErrors = [err78];
}
else {
vErrors.push(err78);
}
errors++;
}
}
if(data.tool !== undefined && func0.call(data, "tool")){
let data58 = data.tool;
if(typeof data58 !== "string"){
const err79 = {instancePath:instancePath+"/tool",schemaPath:"#/properties/tool/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err79];
}
else {
vErrors.push(err79);
}
errors++;
}
if(!(((data58 === "auto") || (data58 === "mmdebstrap")) || (data58 === "debootstrap"))){
const err80 = {instancePath:instancePath+"/tool",schemaPath:"#/properties/tool/enum",keyword:"enum",params:{allowedValues: schema11.properties.tool.enum}};
if(vErrors === null){
vErrors = [err80];
}
else {
vErrors.push(err80);
}
errors++;
}
}
}
else {
const err81 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err81];
}
else {
vErrors.push(err81);
}
errors++;
}
validate31.errors = vErrors;
return errors === 0;
}

const schema15 = {"type":"string","maxLength":4100,"pattern":"^(private|host|join:[a-z][a-z0-9-]*|path:/[^\\u0000-\\u001f\\u007f]+)$","x-expects":"private, host, join:ENVIRONMENT or path:/FILE"};
const pattern23 = new RegExp("^(private|host|join:[a-z][a-z0-9-]*|path:/[^\\u0000-\\u001f\\u007f]+)$", "u");

function validate46(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(typeof data === "string"){
if(data.length > 4100){
const err0 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 4100}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(!pattern23.test(data)){
const err1 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^(private|host|join:[a-z][a-z0-9-]*|path:/[^\\u0000-\\u001f\\u007f]+)$"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
else {
const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
validate46.errors = vErrors;
return errors === 0;
}

const schema16 = {"type":"integer","minimum":-4294967296,"maximum":4294967296,"x-expects":"a whole number of seconds, at most 2^32 ahead or behind"};

function validate52(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(!(((typeof data == "number") && (!(data % 1) && !isNaN(data))) && (isFinite(data)))){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if((typeof data == "number") && (isFinite(data))){
if(data > 4294967296 || isNaN(data)){
const err1 = {instancePath,schemaPath:"#/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967296}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data < -4294967296 || isNaN(data)){
const err2 = {instancePath,schemaPath:"#/minimum",keyword:"minimum",params:{comparison: ">=", limit: -4294967296}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
validate52.errors = vErrors;
return errors === 0;
}

const schema17 = {"title":"users","type":["string","object"],"x-expects":"auto, host, or a map with mode: map","if":{"type":"string"},"then":{"enum":["auto","host"]},"else":{"required":["mode"],"if":{"properties":{"mode":{"const":"map"}},"required":["mode"]},"then":{"required":["uid_mappings","gid_mappings"]},"else":{"if":{"properties":{"mode":{"enum":["auto","host"]}},"required":["mode"]},"then":{"x-applies":"users in this mode","properties":{"uid_mappings":false,"gid_mappings":false}}}},"additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"mode":{"type":"string","enum":["auto","host","map"]},"uid_mappings":{"$ref":"#/definitions/mappings"},"gid_mappings":{"$ref":"#/definitions/mappings"}}};
const schema18 = {"type":"array","x-expects":"a list such as [{inside: 0, outside: 300000, count: 65536}]","minItems":1,"maxItems":340,"items":{"$ref":"#/definitions/mapping"}};
const schema19 = {"title":"mapping","type":"object","x-expects":"a map such as {inside: 0, outside: 300000, count: 65536}","required":["inside","outside","count"],"additionalProperties":false,"properties":{"inside":{"$ref":"#/definitions/id"},"outside":{"$ref":"#/definitions/id"},"count":{"type":"integer","minimum":1,"maximum":4294967295,"x-expects":"a whole number from 1 to 4294967295"}}};

function validate57(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if((data.inside === undefined) || (!(func0.call(data, "inside")))){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "inside"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if((data.outside === undefined) || (!(func0.call(data, "outside")))){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "outside"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if((data.count === undefined) || (!(func0.call(data, "count")))){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "count"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
for(const key0 of Object.keys(data)){
if(!(((key0 === "inside") || (key0 === "outside")) || (key0 === "count"))){
const err3 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.inside !== undefined && func0.call(data, "inside")){
if(!(validate38(data.inside, {instancePath:instancePath+"/inside",parentData:data,parentDataProperty:"inside",rootData}))){
if(vErrors === null){vErrors = validate38.errors;}else{for(const e of validate38.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.outside !== undefined && func0.call(data, "outside")){
if(!(validate38(data.outside, {instancePath:instancePath+"/outside",parentData:data,parentDataProperty:"outside",rootData}))){
if(vErrors === null){vErrors = validate38.errors;}else{for(const e of validate38.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.count !== undefined && func0.call(data, "count")){
let data2 = data.count;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err4 = {instancePath:instancePath+"/count",schemaPath:"#/properties/count/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 4294967295 || isNaN(data2)){
const err5 = {instancePath:instancePath+"/count",schemaPath:"#/properties/count/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(data2 < 1 || isNaN(data2)){
const err6 = {instancePath:instancePath+"/count",schemaPath:"#/properties/count/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
}
}
else {
const err7 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
validate57.errors = vErrors;
return errors === 0;
}


function validate56(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(Array.isArray(data)){
if(data.length > 340){
const err0 = {instancePath,schemaPath:"#/maxItems",keyword:"maxItems",params:{limit: 340}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.length < 1){
const err1 = {instancePath,schemaPath:"#/minItems",keyword:"minItems",params:{limit: 1}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
if(!(validate57(data[i0], {instancePath:instancePath+"/" + i0,parentData:data,parentDataProperty:i0,rootData}))){
if(vErrors === null){vErrors = validate57.errors;}else{for(const e of validate57.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
validate56.errors = vErrors;
return errors === 0;
}


function validate55(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if((typeof data !== "string") && (!(data && typeof data == "object" && !Array.isArray(data)))){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: schema17.type}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
const _errs1 = errors;
let valid0 = true;
const _errs2 = errors;
if(typeof data !== "string"){
const err1 = {};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
var _valid0 = _errs2 === errors;
errors = _errs1;
if(vErrors !== null){
if(_errs1){
vErrors.length = _errs1;
}
else {
vErrors = null;
}
}
let ifClause0;
if(_valid0){
const _errs4 = errors;
if(!((data === "auto") || (data === "host"))){
const err2 = {instancePath,schemaPath:"#/then/enum",keyword:"enum",params:{allowedValues: schema17.then.enum}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
var _valid0 = _errs4 === errors;
valid0 = _valid0;
ifClause0 = "then";
}
else {
const _errs5 = errors;
const _errs6 = errors;
let valid1 = true;
const _errs7 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if(((data.mode === undefined) || (!(func0.call(data, "mode")))) && (missing0 = "mode")){
const err3 = {};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
else {
if(data.mode !== undefined && func0.call(data, "mode")){
if("map" !== data.mode){
const err4 = {};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
}
var _valid1 = _errs7 === errors;
errors = _errs6;
if(vErrors !== null){
if(_errs6){
vErrors.length = _errs6;
}
else {
vErrors = null;
}
}
let ifClause1;
if(_valid1){
const _errs9 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
if((data.uid_mappings === undefined) || (!(func0.call(data, "uid_mappings")))){
const err5 = {instancePath,schemaPath:"#/else/then/required",keyword:"required",params:{missingProperty: "uid_mappings"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if((data.gid_mappings === undefined) || (!(func0.call(data, "gid_mappings")))){
const err6 = {instancePath,schemaPath:"#/else/then/required",keyword:"required",params:{missingProperty: "gid_mappings"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
var _valid1 = _errs9 === errors;
valid1 = _valid1;
ifClause1 = "then";
}
else {
const _errs10 = errors;
const _errs11 = errors;
let valid3 = true;
const _errs12 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
let missing1;
if(((data.mode === undefined) || (!(func0.call(data, "mode")))) && (missing1 = "mode")){
const err7 = {};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
else {
if(data.mode !== undefined && func0.call(data, "mode")){
let data1 = data.mode;
if(!((data1 === "auto") || (data1 === "host"))){
const err8 = {};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
}
var _valid2 = _errs12 === errors;
errors = _errs11;
if(vErrors !== null){
if(_errs11){
vErrors.length = _errs11;
}
else {
vErrors = null;
}
}
if(_valid2){
const _errs14 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.uid_mappings !== undefined && func0.call(data, "uid_mappings")){
const err9 = {instancePath:instancePath+"/uid_mappings",schemaPath:"#/else/else/then/properties/uid_mappings/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(data.gid_mappings !== undefined && func0.call(data, "gid_mappings")){
const err10 = {instancePath:instancePath+"/gid_mappings",schemaPath:"#/else/else/then/properties/gid_mappings/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
var _valid2 = _errs14 === errors;
valid3 = _valid2;
}
if(!valid3){
const err11 = {instancePath,schemaPath:"#/else/else/if",keyword:"if",params:{failingKeyword: "then"}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
var _valid1 = _errs10 === errors;
valid1 = _valid1;
ifClause1 = "else";
}
if(!valid1){
const err12 = {instancePath,schemaPath:"#/else/if",keyword:"if",params:{failingKeyword: ifClause1}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if((data.mode === undefined) || (!(func0.call(data, "mode")))){
const err13 = {instancePath,schemaPath:"#/else/required",keyword:"required",params:{missingProperty: "mode"}};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
var _valid0 = _errs5 === errors;
valid0 = _valid0;
ifClause0 = "else";
}
if(!valid0){
const err14 = {instancePath,schemaPath:"#/if",keyword:"if",params:{failingKeyword: ifClause0}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 of Object.keys(data)){
if(!((((key0 === "mode") || (key0 === "uid_mappings")) || (key0 === "gid_mappings")) || (pattern0.test(key0)))){
const err15 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data.mode !== undefined && func0.call(data, "mode")){
let data4 = data.mode;
if(typeof data4 !== "string"){
const err16 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
if(!(((data4 === "auto") || (data4 === "host")) || (data4 === "map"))){
const err17 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/enum",keyword:"enum",params:{allowedValues: schema17.properties.mode.enum}};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
if(data.uid_mappings !== undefined && func0.call(data, "uid_mappings")){
if(!(validate56(data.uid_mappings, {instancePath:instancePath+"/uid_mappings",parentData:data,parentDataProperty:"uid_mappings",rootData}))){
if(vErrors === null){vErrors = validate56.errors;}else{for(const e of validate56.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.gid_mappings !== undefined && func0.call(data, "gid_mappings")){
if(!(validate56(data.gid_mappings, {instancePath:instancePath+"/gid_mappings",parentData:data,parentDataProperty:"gid_mappings",rootData}))){
if(vErrors === null){vErrors = validate56.errors;}else{for(const e of validate56.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
validate55.errors = vErrors;
return errors === 0;
}

const schema20 = {"type":"string","maxLength":64,"pattern":"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$","x-expects":"a host name of letters, digits, - and dots, at most 64 characters"};
const pattern27 = new RegExp("^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$", "u");

function validate64(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(typeof data === "string"){
if(data.length > 64){
const err0 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 64}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(!pattern27.test(data)){
const err1 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
else {
const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
validate64.errors = vErrors;
return errors === 0;
}

const schema21 = {"type":["string","array"],"x-expects":"an IPv4 or IPv6 address, or a list of them","maxLength":45,"pattern":"^[0-9A-Fa-f:.]+$","minItems":1,"maxItems":16,"items":{"$ref":"#/definitions/address"}};
const pattern29 = new RegExp("^[0-9A-Fa-f:.]+$", "u");
const schema22 = {"type":"string","maxLength":45,"pattern":"^[0-9A-Fa-f:.]+$","x-expects":"an IPv4 or IPv6 address"};

function validate68(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(typeof data === "string"){
if(data.length > 45){
const err0 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 45}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(!pattern29.test(data)){
const err1 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f:.]+$"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
else {
const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
validate68.errors = vErrors;
return errors === 0;
}


function validate67(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if((typeof data !== "string") && (!(Array.isArray(data)))){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: schema21.type}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(typeof data === "string"){
if(data.length > 45){
const err1 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 45}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!pattern29.test(data)){
const err2 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f:.]+$"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(Array.isArray(data)){
if(data.length > 16){
const err3 = {instancePath,schemaPath:"#/maxItems",keyword:"maxItems",params:{limit: 16}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(data.length < 1){
const err4 = {instancePath,schemaPath:"#/minItems",keyword:"minItems",params:{limit: 1}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
if(!(validate68(data[i0], {instancePath:instancePath+"/" + i0,parentData:data,parentDataProperty:i0,rootData}))){
if(vErrors === null){vErrors = validate68.errors;}else{for(const e of validate68.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
validate67.errors = vErrors;
return errors === 0;
}

const schema23 = {"title":"mount","type":["object","string","null"],"x-expects":"a map with a type, a short form such as ./data:ro, or null","maxLength":4100,"pattern":"^[^\\u0000-\\u001f\\u007f]+$","required":["type"],"additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"type":{"type":"string","enum":["bind","volume","tmpfs","overlay","proc","sysfs","devpts","mqueue"]},"source":{"$ref":"#/definitions/path"},"read_only":{"type":"boolean"},"options":{"type":"array","x-expects":"a list such as [noexec]","items":{"type":"string","enum":["nosuid","nodev","noexec","noatime","relatime","nosymfollow"]},"maxItems":16},"propagation":{"type":"string","enum":["private","unbindable"]},"idmap":{"type":["string","object"],"x-expects":"owner, shift, none or a map of ids such as {1000: 0}","if":{"type":"string"},"then":{"enum":["owner","shift","none"]},"propertyNames":{"maxLength":10,"pattern":"^(0|[1-9][0-9]*)$","x-expects":"a number, the id outside"},"additionalProperties":{"$ref":"#/definitions/id"}},"size":{"$ref":"#/definitions/size"},"mode":{"type":["string","integer"],"minimum":0,"maximum":4095,"maxLength":5,"pattern":"^0?[0-7]{3,4}$","x-expects":"an octal mode such as \"0755\" or 0o755"},"create":{"type":"boolean"},"optional":{"type":"boolean"}},"allOf":[{"if":{"type":"object","properties":{"type":{"const":"bind"}},"required":["type"]},"then":{"required":["source"],"x-applies":"a bind","properties":{"size":false,"mode":false}}},{"if":{"type":"object","properties":{"type":{"const":"volume"}},"required":["type"]},"then":{"required":["source"],"x-applies":"a volume","properties":{"size":false,"mode":false,"idmap":false,"optional":false}}},{"if":{"type":"object","properties":{"type":{"const":"overlay"}},"required":["type"]},"then":{"required":["source"],"x-applies":"an overlay","properties":{"mode":false}}},{"if":{"type":"object","properties":{"type":{"const":"tmpfs"}},"required":["type"]},"then":{"x-applies":"a tmpfs","properties":{"source":false,"idmap":false,"optional":false}}},{"if":{"type":"object","properties":{"type":{"const":"devpts"}},"required":["type"]},"then":{"x-applies":"devpts","properties":{"source":false,"idmap":false,"optional":false,"size":false}}},{"if":{"type":"object","properties":{"type":{"enum":["proc","sysfs","mqueue"]}},"required":["type"]},"then":{"x-applies":"a mount of this type","properties":{"source":false,"idmap":false,"optional":false,"size":false,"mode":false}}}]};
const pattern33 = new RegExp("^(0|[1-9][0-9]*)$", "u");
const schema24 = {"type":["string","integer"],"minimum":1,"maxLength":32,"pattern":"^[0-9]+(\\.[0-9]+)?([KkMmGgTt](i?[Bb])?|[Bb]|%)?$","x-expects":"a size such as 64M, 1.5GiB or 50%"};
const pattern34 = new RegExp("^[0-9]+(\\.[0-9]+)?([KkMmGgTt](i?[Bb])?|[Bb]|%)?$", "u");

function validate75(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if((typeof data !== "string") && (!(((typeof data == "number") && (!(data % 1) && !isNaN(data))) && (isFinite(data))))){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: schema24.type}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if((typeof data == "number") && (isFinite(data))){
if(data < 1 || isNaN(data)){
const err1 = {instancePath,schemaPath:"#/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(typeof data === "string"){
if(data.length > 32){
const err2 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 32}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(!pattern34.test(data)){
const err3 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(\\.[0-9]+)?([KkMmGgTt](i?[Bb])?|[Bb]|%)?$"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
validate75.errors = vErrors;
return errors === 0;
}


function validate72(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(((!(data && typeof data == "object" && !Array.isArray(data))) && (typeof data !== "string")) && (data !== null)){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: schema23.type}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
const _errs2 = errors;
let valid1 = true;
const _errs3 = errors;
if(errors === _errs3){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if(((data.type === undefined) || (!(func0.call(data, "type")))) && (missing0 = "type")){
const err1 = {};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
else {
if(data.type !== undefined && func0.call(data, "type")){
if("bind" !== data.type){
const err2 = {};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
}
}
else {
const err3 = {};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
var _valid0 = _errs3 === errors;
errors = _errs2;
if(vErrors !== null){
if(_errs2){
vErrors.length = _errs2;
}
else {
vErrors = null;
}
}
if(_valid0){
const _errs6 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
if((data.source === undefined) || (!(func0.call(data, "source")))){
const err4 = {instancePath,schemaPath:"#/allOf/0/then/required",keyword:"required",params:{missingProperty: "source"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data.size !== undefined && func0.call(data, "size")){
const err5 = {instancePath:instancePath+"/size",schemaPath:"#/allOf/0/then/properties/size/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(data.mode !== undefined && func0.call(data, "mode")){
const err6 = {instancePath:instancePath+"/mode",schemaPath:"#/allOf/0/then/properties/mode/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
var _valid0 = _errs6 === errors;
valid1 = _valid0;
}
if(!valid1){
const err7 = {instancePath,schemaPath:"#/allOf/0/if",keyword:"if",params:{failingKeyword: "then"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
const _errs8 = errors;
let valid4 = true;
const _errs9 = errors;
if(errors === _errs9){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing1;
if(((data.type === undefined) || (!(func0.call(data, "type")))) && (missing1 = "type")){
const err8 = {};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
else {
if(data.type !== undefined && func0.call(data, "type")){
if("volume" !== data.type){
const err9 = {};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
}
}
else {
const err10 = {};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
var _valid1 = _errs9 === errors;
errors = _errs8;
if(vErrors !== null){
if(_errs8){
vErrors.length = _errs8;
}
else {
vErrors = null;
}
}
if(_valid1){
const _errs12 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
if((data.source === undefined) || (!(func0.call(data, "source")))){
const err11 = {instancePath,schemaPath:"#/allOf/1/then/required",keyword:"required",params:{missingProperty: "source"}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
if(data.size !== undefined && func0.call(data, "size")){
const err12 = {instancePath:instancePath+"/size",schemaPath:"#/allOf/1/then/properties/size/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if(data.mode !== undefined && func0.call(data, "mode")){
const err13 = {instancePath:instancePath+"/mode",schemaPath:"#/allOf/1/then/properties/mode/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(data.idmap !== undefined && func0.call(data, "idmap")){
const err14 = {instancePath:instancePath+"/idmap",schemaPath:"#/allOf/1/then/properties/idmap/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
if(data.optional !== undefined && func0.call(data, "optional")){
const err15 = {instancePath:instancePath+"/optional",schemaPath:"#/allOf/1/then/properties/optional/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
var _valid1 = _errs12 === errors;
valid4 = _valid1;
}
if(!valid4){
const err16 = {instancePath,schemaPath:"#/allOf/1/if",keyword:"if",params:{failingKeyword: "then"}};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
const _errs14 = errors;
let valid7 = true;
const _errs15 = errors;
if(errors === _errs15){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing2;
if(((data.type === undefined) || (!(func0.call(data, "type")))) && (missing2 = "type")){
const err17 = {};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
else {
if(data.type !== undefined && func0.call(data, "type")){
if("overlay" !== data.type){
const err18 = {};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
}
}
else {
const err19 = {};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
var _valid2 = _errs15 === errors;
errors = _errs14;
if(vErrors !== null){
if(_errs14){
vErrors.length = _errs14;
}
else {
vErrors = null;
}
}
if(_valid2){
const _errs18 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
if((data.source === undefined) || (!(func0.call(data, "source")))){
const err20 = {instancePath,schemaPath:"#/allOf/2/then/required",keyword:"required",params:{missingProperty: "source"}};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
if(data.mode !== undefined && func0.call(data, "mode")){
const err21 = {instancePath:instancePath+"/mode",schemaPath:"#/allOf/2/then/properties/mode/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
var _valid2 = _errs18 === errors;
valid7 = _valid2;
}
if(!valid7){
const err22 = {instancePath,schemaPath:"#/allOf/2/if",keyword:"if",params:{failingKeyword: "then"}};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
const _errs20 = errors;
let valid10 = true;
const _errs21 = errors;
if(errors === _errs21){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing3;
if(((data.type === undefined) || (!(func0.call(data, "type")))) && (missing3 = "type")){
const err23 = {};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
else {
if(data.type !== undefined && func0.call(data, "type")){
if("tmpfs" !== data.type){
const err24 = {};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
}
}
}
else {
const err25 = {};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
var _valid3 = _errs21 === errors;
errors = _errs20;
if(vErrors !== null){
if(_errs20){
vErrors.length = _errs20;
}
else {
vErrors = null;
}
}
if(_valid3){
const _errs24 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.source !== undefined && func0.call(data, "source")){
const err26 = {instancePath:instancePath+"/source",schemaPath:"#/allOf/3/then/properties/source/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
if(data.idmap !== undefined && func0.call(data, "idmap")){
const err27 = {instancePath:instancePath+"/idmap",schemaPath:"#/allOf/3/then/properties/idmap/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
if(data.optional !== undefined && func0.call(data, "optional")){
const err28 = {instancePath:instancePath+"/optional",schemaPath:"#/allOf/3/then/properties/optional/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
}
var _valid3 = _errs24 === errors;
valid10 = _valid3;
}
if(!valid10){
const err29 = {instancePath,schemaPath:"#/allOf/3/if",keyword:"if",params:{failingKeyword: "then"}};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
const _errs26 = errors;
let valid13 = true;
const _errs27 = errors;
if(errors === _errs27){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing4;
if(((data.type === undefined) || (!(func0.call(data, "type")))) && (missing4 = "type")){
const err30 = {};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
else {
if(data.type !== undefined && func0.call(data, "type")){
if("devpts" !== data.type){
const err31 = {};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
}
}
else {
const err32 = {};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
}
var _valid4 = _errs27 === errors;
errors = _errs26;
if(vErrors !== null){
if(_errs26){
vErrors.length = _errs26;
}
else {
vErrors = null;
}
}
if(_valid4){
const _errs30 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.source !== undefined && func0.call(data, "source")){
const err33 = {instancePath:instancePath+"/source",schemaPath:"#/allOf/4/then/properties/source/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
if(data.idmap !== undefined && func0.call(data, "idmap")){
const err34 = {instancePath:instancePath+"/idmap",schemaPath:"#/allOf/4/then/properties/idmap/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
if(data.optional !== undefined && func0.call(data, "optional")){
const err35 = {instancePath:instancePath+"/optional",schemaPath:"#/allOf/4/then/properties/optional/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
if(data.size !== undefined && func0.call(data, "size")){
const err36 = {instancePath:instancePath+"/size",schemaPath:"#/allOf/4/then/properties/size/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
}
var _valid4 = _errs30 === errors;
valid13 = _valid4;
}
if(!valid13){
const err37 = {instancePath,schemaPath:"#/allOf/4/if",keyword:"if",params:{failingKeyword: "then"}};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
const _errs32 = errors;
let valid16 = true;
const _errs33 = errors;
if(errors === _errs33){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing5;
if(((data.type === undefined) || (!(func0.call(data, "type")))) && (missing5 = "type")){
const err38 = {};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
else {
if(data.type !== undefined && func0.call(data, "type")){
let data19 = data.type;
if(!(((data19 === "proc") || (data19 === "sysfs")) || (data19 === "mqueue"))){
const err39 = {};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
}
}
}
else {
const err40 = {};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
}
var _valid5 = _errs33 === errors;
errors = _errs32;
if(vErrors !== null){
if(_errs32){
vErrors.length = _errs32;
}
else {
vErrors = null;
}
}
if(_valid5){
const _errs36 = errors;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.source !== undefined && func0.call(data, "source")){
const err41 = {instancePath:instancePath+"/source",schemaPath:"#/allOf/5/then/properties/source/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
if(data.idmap !== undefined && func0.call(data, "idmap")){
const err42 = {instancePath:instancePath+"/idmap",schemaPath:"#/allOf/5/then/properties/idmap/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
}
if(data.optional !== undefined && func0.call(data, "optional")){
const err43 = {instancePath:instancePath+"/optional",schemaPath:"#/allOf/5/then/properties/optional/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
if(data.size !== undefined && func0.call(data, "size")){
const err44 = {instancePath:instancePath+"/size",schemaPath:"#/allOf/5/then/properties/size/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
if(data.mode !== undefined && func0.call(data, "mode")){
const err45 = {instancePath:instancePath+"/mode",schemaPath:"#/allOf/5/then/properties/mode/false schema",keyword:"false schema",params:{}};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
}
var _valid5 = _errs36 === errors;
valid16 = _valid5;
}
if(!valid16){
const err46 = {instancePath,schemaPath:"#/allOf/5/if",keyword:"if",params:{failingKeyword: "then"}};
if(vErrors === null){
vErrors = [err46];
}
else {
vErrors.push(err46);
}
errors++;
}
if(typeof data === "string"){
if(data.length > 4100){
const err47 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 4100}};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
if(!pattern2.test(data)){
const err48 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000-\\u001f\\u007f]+$"}};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
}
if(data && typeof data == "object" && !Array.isArray(data)){
if((data.type === undefined) || (!(func0.call(data, "type")))){
const err49 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "type"}};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
for(const key0 of Object.keys(data)){
if(!((func0.call(schema23.properties, key0)) || (pattern0.test(key0)))){
const err50 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err50];
}
else {
vErrors.push(err50);
}
errors++;
}
}
if(data.type !== undefined && func0.call(data, "type")){
let data25 = data.type;
if(typeof data25 !== "string"){
const err51 = {instancePath:instancePath+"/type",schemaPath:"#/properties/type/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err51];
}
else {
vErrors.push(err51);
}
errors++;
}
if(!((((((((data25 === "bind") || (data25 === "volume")) || (data25 === "tmpfs")) || (data25 === "overlay")) || (data25 === "proc")) || (data25 === "sysfs")) || (data25 === "devpts")) || (data25 === "mqueue"))){
const err52 = {instancePath:instancePath+"/type",schemaPath:"#/properties/type/enum",keyword:"enum",params:{allowedValues: schema23.properties.type.enum}};
if(vErrors === null){
vErrors = [err52];
}
else {
vErrors.push(err52);
}
errors++;
}
}
if(data.source !== undefined && func0.call(data, "source")){
if(!(validate24(data.source, {instancePath:instancePath+"/source",parentData:data,parentDataProperty:"source",rootData}))){
if(vErrors === null){vErrors = validate24.errors;}else{for(const e of validate24.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.read_only !== undefined && func0.call(data, "read_only")){
if(typeof data.read_only !== "boolean"){
const err53 = {instancePath:instancePath+"/read_only",schemaPath:"#/properties/read_only/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err53];
}
else {
vErrors.push(err53);
}
errors++;
}
}
if(data.options !== undefined && func0.call(data, "options")){
let data28 = data.options;
if(Array.isArray(data28)){
if(data28.length > 16){
const err54 = {instancePath:instancePath+"/options",schemaPath:"#/properties/options/maxItems",keyword:"maxItems",params:{limit: 16}};
if(vErrors === null){
vErrors = [err54];
}
else {
vErrors.push(err54);
}
errors++;
}
const len0 = data28.length;
for(let i0=0; i0<len0; i0++){
let data29 = data28[i0];
if(typeof data29 !== "string"){
const err55 = {instancePath:instancePath+"/options/" + i0,schemaPath:"#/properties/options/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err55];
}
else {
vErrors.push(err55);
}
errors++;
}
if(!((((((data29 === "nosuid") || (data29 === "nodev")) || (data29 === "noexec")) || (data29 === "noatime")) || (data29 === "relatime")) || (data29 === "nosymfollow"))){
const err56 = {instancePath:instancePath+"/options/" + i0,schemaPath:"#/properties/options/items/enum",keyword:"enum",params:{allowedValues: schema23.properties.options.items.enum}};
if(vErrors === null){
vErrors = [err56];
}
else {
vErrors.push(err56);
}
errors++;
}
}
}
else {
const err57 = {instancePath:instancePath+"/options",schemaPath:"#/properties/options/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err57];
}
else {
vErrors.push(err57);
}
errors++;
}
}
if(data.propagation !== undefined && func0.call(data, "propagation")){
let data30 = data.propagation;
if(typeof data30 !== "string"){
const err58 = {instancePath:instancePath+"/propagation",schemaPath:"#/properties/propagation/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err58];
}
else {
vErrors.push(err58);
}
errors++;
}
if(!((data30 === "private") || (data30 === "unbindable"))){
const err59 = {instancePath:instancePath+"/propagation",schemaPath:"#/properties/propagation/enum",keyword:"enum",params:{allowedValues: schema23.properties.propagation.enum}};
if(vErrors === null){
vErrors = [err59];
}
else {
vErrors.push(err59);
}
errors++;
}
}
if(data.idmap !== undefined && func0.call(data, "idmap")){
let data31 = data.idmap;
if((typeof data31 !== "string") && (!(data31 && typeof data31 == "object" && !Array.isArray(data31)))){
const err60 = {instancePath:instancePath+"/idmap",schemaPath:"#/properties/idmap/type",keyword:"type",params:{type: schema23.properties.idmap.type}};
if(vErrors === null){
vErrors = [err60];
}
else {
vErrors.push(err60);
}
errors++;
}
const _errs51 = errors;
let valid22 = true;
const _errs52 = errors;
if(typeof data31 !== "string"){
const err61 = {};
if(vErrors === null){
vErrors = [err61];
}
else {
vErrors.push(err61);
}
errors++;
}
var _valid6 = _errs52 === errors;
errors = _errs51;
if(vErrors !== null){
if(_errs51){
vErrors.length = _errs51;
}
else {
vErrors = null;
}
}
if(_valid6){
const _errs54 = errors;
if(!(((data31 === "owner") || (data31 === "shift")) || (data31 === "none"))){
const err62 = {instancePath:instancePath+"/idmap",schemaPath:"#/properties/idmap/then/enum",keyword:"enum",params:{allowedValues: schema23.properties.idmap.then.enum}};
if(vErrors === null){
vErrors = [err62];
}
else {
vErrors.push(err62);
}
errors++;
}
var _valid6 = _errs54 === errors;
valid22 = _valid6;
}
if(!valid22){
const err63 = {instancePath:instancePath+"/idmap",schemaPath:"#/properties/idmap/if",keyword:"if",params:{failingKeyword: "then"}};
if(vErrors === null){
vErrors = [err63];
}
else {
vErrors.push(err63);
}
errors++;
}
if(data31 && typeof data31 == "object" && !Array.isArray(data31)){
for(const key1 of Object.keys(data31)){
const _errs55 = errors;
if(typeof key1 === "string"){
if(key1.length > 10){
const err64 = {instancePath:instancePath+"/idmap",schemaPath:"#/properties/idmap/propertyNames/maxLength",keyword:"maxLength",params:{limit: 10},propertyName:key1};
if(vErrors === null){
vErrors = [err64];
}
else {
vErrors.push(err64);
}
errors++;
}
if(!pattern33.test(key1)){
const err65 = {instancePath:instancePath+"/idmap",schemaPath:"#/properties/idmap/propertyNames/pattern",keyword:"pattern",params:{pattern: "^(0|[1-9][0-9]*)$"},propertyName:key1};
if(vErrors === null){
vErrors = [err65];
}
else {
vErrors.push(err65);
}
errors++;
}
}
var valid23 = _errs55 === errors;
if(!valid23){
const err66 = {instancePath:instancePath+"/idmap",schemaPath:"#/properties/idmap/propertyNames",keyword:"propertyNames",params:{propertyName: key1}};
if(vErrors === null){
vErrors = [err66];
}
else {
vErrors.push(err66);
}
errors++;
}
}
for(const key2 of Object.keys(data31)){
if(!(validate38(data31[key2], {instancePath:instancePath+"/idmap/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data31,parentDataProperty:key2,rootData}))){
if(vErrors === null){vErrors = validate38.errors;}else{for(const e of validate38.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
}
if(data.size !== undefined && func0.call(data, "size")){
if(!(validate75(data.size, {instancePath:instancePath+"/size",parentData:data,parentDataProperty:"size",rootData}))){
if(vErrors === null){vErrors = validate75.errors;}else{for(const e of validate75.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.mode !== undefined && func0.call(data, "mode")){
let data34 = data.mode;
if((typeof data34 !== "string") && (!(((typeof data34 == "number") && (!(data34 % 1) && !isNaN(data34))) && (isFinite(data34))))){
const err67 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/type",keyword:"type",params:{type: schema23.properties.mode.type}};
if(vErrors === null){
vErrors = [err67];
}
else {
vErrors.push(err67);
}
errors++;
}
if((typeof data34 == "number") && (isFinite(data34))){
if(data34 > 4095 || isNaN(data34)){
const err68 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4095}};
if(vErrors === null){
vErrors = [err68];
}
else {
vErrors.push(err68);
}
errors++;
}
if(data34 < 0 || isNaN(data34)){
const err69 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err69];
}
else {
vErrors.push(err69);
}
errors++;
}
}
if(typeof data34 === "string"){
if(data34.length > 5){
const err70 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/maxLength",keyword:"maxLength",params:{limit: 5}};
if(vErrors === null){
vErrors = [err70];
}
else {
vErrors.push(err70);
}
errors++;
}
if(!pattern17.test(data34)){
const err71 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/pattern",keyword:"pattern",params:{pattern: "^0?[0-7]{3,4}$"}};
if(vErrors === null){
vErrors = [err71];
}
else {
vErrors.push(err71);
}
errors++;
}
}
}
if(data.create !== undefined && func0.call(data, "create")){
if(typeof data.create !== "boolean"){
const err72 = {instancePath:instancePath+"/create",schemaPath:"#/properties/create/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err72];
}
else {
vErrors.push(err72);
}
errors++;
}
}
if(data.optional !== undefined && func0.call(data, "optional")){
if(typeof data.optional !== "boolean"){
const err73 = {instancePath:instancePath+"/optional",schemaPath:"#/properties/optional/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err73];
}
else {
vErrors.push(err73);
}
errors++;
}
}
}
validate72.errors = vErrors;
return errors === 0;
}

const schema25 = {"title":"file","type":["object","string"],"x-expects":"a map with content or source, or a path such as ./app.conf","maxLength":4095,"pattern":"^[^\\u0000-\\u001f\\u007f]+$","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"content":{"type":"string","maxLength":131072,"x-expects":"text of at most 128 KiB"},"source":{"$ref":"#/definitions/path"},"uid":{"$ref":"#/definitions/id"},"gid":{"$ref":"#/definitions/id"},"mode":{"type":["string","integer"],"minimum":0,"maximum":4095,"maxLength":5,"pattern":"^0?[0-7]{3,4}$","x-expects":"an octal mode such as \"0644\" or 0o644"}}};

function validate78(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if((!(data && typeof data == "object" && !Array.isArray(data))) && (typeof data !== "string")){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: schema25.type}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(typeof data === "string"){
if(data.length > 4095){
const err1 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 4095}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!pattern2.test(data)){
const err2 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000-\\u001f\\u007f]+$"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 of Object.keys(data)){
if(!((((((key0 === "content") || (key0 === "source")) || (key0 === "uid")) || (key0 === "gid")) || (key0 === "mode")) || (pattern0.test(key0)))){
const err3 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.content !== undefined && func0.call(data, "content")){
let data0 = data.content;
if(typeof data0 === "string"){
if(data0.length > 131072){
const err4 = {instancePath:instancePath+"/content",schemaPath:"#/properties/content/maxLength",keyword:"maxLength",params:{limit: 131072}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/content",schemaPath:"#/properties/content/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.source !== undefined && func0.call(data, "source")){
if(!(validate24(data.source, {instancePath:instancePath+"/source",parentData:data,parentDataProperty:"source",rootData}))){
if(vErrors === null){vErrors = validate24.errors;}else{for(const e of validate24.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.uid !== undefined && func0.call(data, "uid")){
if(!(validate38(data.uid, {instancePath:instancePath+"/uid",parentData:data,parentDataProperty:"uid",rootData}))){
if(vErrors === null){vErrors = validate38.errors;}else{for(const e of validate38.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.gid !== undefined && func0.call(data, "gid")){
if(!(validate38(data.gid, {instancePath:instancePath+"/gid",parentData:data,parentDataProperty:"gid",rootData}))){
if(vErrors === null){vErrors = validate38.errors;}else{for(const e of validate38.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.mode !== undefined && func0.call(data, "mode")){
let data4 = data.mode;
if((typeof data4 !== "string") && (!(((typeof data4 == "number") && (!(data4 % 1) && !isNaN(data4))) && (isFinite(data4))))){
const err6 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/type",keyword:"type",params:{type: schema25.properties.mode.type}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if((typeof data4 == "number") && (isFinite(data4))){
if(data4 > 4095 || isNaN(data4)){
const err7 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4095}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(data4 < 0 || isNaN(data4)){
const err8 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(typeof data4 === "string"){
if(data4.length > 5){
const err9 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/maxLength",keyword:"maxLength",params:{limit: 5}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(!pattern17.test(data4)){
const err10 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/pattern",keyword:"pattern",params:{pattern: "^0?[0-7]{3,4}$"}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
}
}
validate78.errors = vErrors;
return errors === 0;
}

const schema26 = {"title":"secret","type":"object","x-expects":"a map with file, environment or command","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"file":{"$ref":"#/definitions/path"},"environment":{"type":"string","maxLength":255,"pattern":"^[A-Za-z_][A-Za-z0-9_]*$","x-expects":"the name of a variable, such as DB_PASSWORD"},"command":{"$ref":"#/definitions/command"},"target":{"$ref":"#/definitions/path"},"uid":{"$ref":"#/definitions/id"},"gid":{"$ref":"#/definitions/id"},"mode":{"type":["string","integer"],"minimum":0,"maximum":4095,"maxLength":5,"pattern":"^0?[0-7]{3,4}$","x-expects":"an octal mode such as \"0400\" or 0o400"}}};
const pattern41 = new RegExp("^[A-Za-z_][A-Za-z0-9_]*$", "u");
const schema27 = {"type":"array","minItems":1,"maxItems":4096,"items":{"$ref":"#/definitions/text"},"x-expects":"a list of words, such as [sleep, infinity]"};

function validate85(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(Array.isArray(data)){
if(data.length > 4096){
const err0 = {instancePath,schemaPath:"#/maxItems",keyword:"maxItems",params:{limit: 4096}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.length < 1){
const err1 = {instancePath,schemaPath:"#/minItems",keyword:"minItems",params:{limit: 1}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
if(!(validate27(data[i0], {instancePath:instancePath+"/" + i0,parentData:data,parentDataProperty:i0,rootData}))){
if(vErrors === null){vErrors = validate27.errors;}else{for(const e of validate27.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
validate85.errors = vErrors;
return errors === 0;
}


function validate83(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 of Object.keys(data)){
if(!((((((((key0 === "file") || (key0 === "environment")) || (key0 === "command")) || (key0 === "target")) || (key0 === "uid")) || (key0 === "gid")) || (key0 === "mode")) || (pattern0.test(key0)))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.file !== undefined && func0.call(data, "file")){
if(!(validate24(data.file, {instancePath:instancePath+"/file",parentData:data,parentDataProperty:"file",rootData}))){
if(vErrors === null){vErrors = validate24.errors;}else{for(const e of validate24.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.environment !== undefined && func0.call(data, "environment")){
let data1 = data.environment;
if(typeof data1 === "string"){
if(data1.length > 255){
const err1 = {instancePath:instancePath+"/environment",schemaPath:"#/properties/environment/maxLength",keyword:"maxLength",params:{limit: 255}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!pattern41.test(data1)){
const err2 = {instancePath:instancePath+"/environment",schemaPath:"#/properties/environment/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z_][A-Za-z0-9_]*$"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath:instancePath+"/environment",schemaPath:"#/properties/environment/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.command !== undefined && func0.call(data, "command")){
if(!(validate85(data.command, {instancePath:instancePath+"/command",parentData:data,parentDataProperty:"command",rootData}))){
if(vErrors === null){vErrors = validate85.errors;}else{for(const e of validate85.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.target !== undefined && func0.call(data, "target")){
if(!(validate24(data.target, {instancePath:instancePath+"/target",parentData:data,parentDataProperty:"target",rootData}))){
if(vErrors === null){vErrors = validate24.errors;}else{for(const e of validate24.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.uid !== undefined && func0.call(data, "uid")){
if(!(validate38(data.uid, {instancePath:instancePath+"/uid",parentData:data,parentDataProperty:"uid",rootData}))){
if(vErrors === null){vErrors = validate38.errors;}else{for(const e of validate38.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.gid !== undefined && func0.call(data, "gid")){
if(!(validate38(data.gid, {instancePath:instancePath+"/gid",parentData:data,parentDataProperty:"gid",rootData}))){
if(vErrors === null){vErrors = validate38.errors;}else{for(const e of validate38.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.mode !== undefined && func0.call(data, "mode")){
let data6 = data.mode;
if((typeof data6 !== "string") && (!(((typeof data6 == "number") && (!(data6 % 1) && !isNaN(data6))) && (isFinite(data6))))){
const err4 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/type",keyword:"type",params:{type: schema26.properties.mode.type}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if((typeof data6 == "number") && (isFinite(data6))){
if(data6 > 4095 || isNaN(data6)){
const err5 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4095}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(data6 < 0 || isNaN(data6)){
const err6 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(typeof data6 === "string"){
if(data6.length > 5){
const err7 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/maxLength",keyword:"maxLength",params:{limit: 5}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(!pattern17.test(data6)){
const err8 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/pattern",keyword:"pattern",params:{pattern: "^0?[0-7]{3,4}$"}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
}
else {
const err9 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
validate83.errors = vErrors;
return errors === 0;
}

const schema28 = {"title":"limits","type":"object","x-expects":"a map such as {memory: 256M}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"memory":{"$ref":"#/definitions/size"},"memory_swap":{"type":["string","integer"],"minimum":0,"maxLength":32,"pattern":"^[0-9]+(\\.[0-9]+)?([KkMmGgTt](i?[Bb])?|[Bb]|%)?$","x-expects":"a size such as 64M, 1.5GiB or 50%"},"cpus":{"type":["number","string"],"exclusiveMinimum":0,"maximum":65536,"maxLength":32,"pattern":"^[0-9]+(\\.[0-9]+)?[m%]?$","x-expects":"a number of processors such as 1.5, 500m or 50%"},"pids":{"type":"integer","minimum":1,"maximum":4194304,"x-expects":"a whole number from 1 to 4194304"},"io":{"title":"ios","type":"object","x-expects":"a map such as {/dev/vda: {write_bps: 10M}}","propertyNames":{"maxLength":4096,"pattern":"^/[^\\u0000-\\u001f\\u007f]*$","x-expects":"an absolute path such as /dev/vda"},"additionalProperties":{"$ref":"#/definitions/io"}}}};
const pattern46 = new RegExp("^[0-9]+(\\.[0-9]+)?[m%]?$", "u");
const pattern47 = new RegExp("^/[^\\u0000-\\u001f\\u007f]*$", "u");
const schema29 = {"title":"io","type":"object","x-expects":"a map such as {write_bps: 10M}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"read_bps":{"type":["string","integer"],"minimum":1,"maxLength":32,"pattern":"^[0-9]+(\\.[0-9]+)?([KkMmGgTt](i?[Bb])?|[Bb])?$","x-expects":"a size such as 64M or 1.5GiB"},"write_bps":{"type":["string","integer"],"minimum":1,"maxLength":32,"pattern":"^[0-9]+(\\.[0-9]+)?([KkMmGgTt](i?[Bb])?|[Bb])?$","x-expects":"a size such as 64M or 1.5GiB"},"read_iops":{"type":"integer","minimum":1,"maximum":4294967294,"x-expects":"a whole number from 1 to 4294967294"},"write_iops":{"type":"integer","minimum":1,"maximum":4294967294,"x-expects":"a whole number from 1 to 4294967294"}}};
const pattern49 = new RegExp("^[0-9]+(\\.[0-9]+)?([KkMmGgTt](i?[Bb])?|[Bb])?$", "u");

function validate94(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 of Object.keys(data)){
if(!(((((key0 === "read_bps") || (key0 === "write_bps")) || (key0 === "read_iops")) || (key0 === "write_iops")) || (pattern0.test(key0)))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.read_bps !== undefined && func0.call(data, "read_bps")){
let data0 = data.read_bps;
if((typeof data0 !== "string") && (!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0))))){
const err1 = {instancePath:instancePath+"/read_bps",schemaPath:"#/properties/read_bps/type",keyword:"type",params:{type: schema29.properties.read_bps.type}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 < 1 || isNaN(data0)){
const err2 = {instancePath:instancePath+"/read_bps",schemaPath:"#/properties/read_bps/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(typeof data0 === "string"){
if(data0.length > 32){
const err3 = {instancePath:instancePath+"/read_bps",schemaPath:"#/properties/read_bps/maxLength",keyword:"maxLength",params:{limit: 32}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(!pattern49.test(data0)){
const err4 = {instancePath:instancePath+"/read_bps",schemaPath:"#/properties/read_bps/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(\\.[0-9]+)?([KkMmGgTt](i?[Bb])?|[Bb])?$"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
if(data.write_bps !== undefined && func0.call(data, "write_bps")){
let data1 = data.write_bps;
if((typeof data1 !== "string") && (!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1))))){
const err5 = {instancePath:instancePath+"/write_bps",schemaPath:"#/properties/write_bps/type",keyword:"type",params:{type: schema29.properties.write_bps.type}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 < 1 || isNaN(data1)){
const err6 = {instancePath:instancePath+"/write_bps",schemaPath:"#/properties/write_bps/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(typeof data1 === "string"){
if(data1.length > 32){
const err7 = {instancePath:instancePath+"/write_bps",schemaPath:"#/properties/write_bps/maxLength",keyword:"maxLength",params:{limit: 32}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(!pattern49.test(data1)){
const err8 = {instancePath:instancePath+"/write_bps",schemaPath:"#/properties/write_bps/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(\\.[0-9]+)?([KkMmGgTt](i?[Bb])?|[Bb])?$"}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
if(data.read_iops !== undefined && func0.call(data, "read_iops")){
let data2 = data.read_iops;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err9 = {instancePath:instancePath+"/read_iops",schemaPath:"#/properties/read_iops/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 4294967294 || isNaN(data2)){
const err10 = {instancePath:instancePath+"/read_iops",schemaPath:"#/properties/read_iops/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967294}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(data2 < 1 || isNaN(data2)){
const err11 = {instancePath:instancePath+"/read_iops",schemaPath:"#/properties/read_iops/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
if(data.write_iops !== undefined && func0.call(data, "write_iops")){
let data3 = data.write_iops;
if(!(((typeof data3 == "number") && (!(data3 % 1) && !isNaN(data3))) && (isFinite(data3)))){
const err12 = {instancePath:instancePath+"/write_iops",schemaPath:"#/properties/write_iops/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if((typeof data3 == "number") && (isFinite(data3))){
if(data3 > 4294967294 || isNaN(data3)){
const err13 = {instancePath:instancePath+"/write_iops",schemaPath:"#/properties/write_iops/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967294}};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(data3 < 1 || isNaN(data3)){
const err14 = {instancePath:instancePath+"/write_iops",schemaPath:"#/properties/write_iops/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
}
}
else {
const err15 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
validate94.errors = vErrors;
return errors === 0;
}


function validate92(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 of Object.keys(data)){
if(!((((((key0 === "memory") || (key0 === "memory_swap")) || (key0 === "cpus")) || (key0 === "pids")) || (key0 === "io")) || (pattern0.test(key0)))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.memory !== undefined && func0.call(data, "memory")){
if(!(validate75(data.memory, {instancePath:instancePath+"/memory",parentData:data,parentDataProperty:"memory",rootData}))){
if(vErrors === null){vErrors = validate75.errors;}else{for(const e of validate75.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.memory_swap !== undefined && func0.call(data, "memory_swap")){
let data1 = data.memory_swap;
if((typeof data1 !== "string") && (!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1))))){
const err1 = {instancePath:instancePath+"/memory_swap",schemaPath:"#/properties/memory_swap/type",keyword:"type",params:{type: schema28.properties.memory_swap.type}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 < 0 || isNaN(data1)){
const err2 = {instancePath:instancePath+"/memory_swap",schemaPath:"#/properties/memory_swap/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(typeof data1 === "string"){
if(data1.length > 32){
const err3 = {instancePath:instancePath+"/memory_swap",schemaPath:"#/properties/memory_swap/maxLength",keyword:"maxLength",params:{limit: 32}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(!pattern34.test(data1)){
const err4 = {instancePath:instancePath+"/memory_swap",schemaPath:"#/properties/memory_swap/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(\\.[0-9]+)?([KkMmGgTt](i?[Bb])?|[Bb]|%)?$"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
if(data.cpus !== undefined && func0.call(data, "cpus")){
let data2 = data.cpus;
if((!((typeof data2 == "number") && (isFinite(data2)))) && (typeof data2 !== "string")){
const err5 = {instancePath:instancePath+"/cpus",schemaPath:"#/properties/cpus/type",keyword:"type",params:{type: schema28.properties.cpus.type}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 65536 || isNaN(data2)){
const err6 = {instancePath:instancePath+"/cpus",schemaPath:"#/properties/cpus/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65536}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(data2 <= 0 || isNaN(data2)){
const err7 = {instancePath:instancePath+"/cpus",schemaPath:"#/properties/cpus/exclusiveMinimum",keyword:"exclusiveMinimum",params:{comparison: ">", limit: 0}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(typeof data2 === "string"){
if(data2.length > 32){
const err8 = {instancePath:instancePath+"/cpus",schemaPath:"#/properties/cpus/maxLength",keyword:"maxLength",params:{limit: 32}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if(!pattern46.test(data2)){
const err9 = {instancePath:instancePath+"/cpus",schemaPath:"#/properties/cpus/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(\\.[0-9]+)?[m%]?$"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
}
if(data.pids !== undefined && func0.call(data, "pids")){
let data3 = data.pids;
if(!(((typeof data3 == "number") && (!(data3 % 1) && !isNaN(data3))) && (isFinite(data3)))){
const err10 = {instancePath:instancePath+"/pids",schemaPath:"#/properties/pids/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if((typeof data3 == "number") && (isFinite(data3))){
if(data3 > 4194304 || isNaN(data3)){
const err11 = {instancePath:instancePath+"/pids",schemaPath:"#/properties/pids/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4194304}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
if(data3 < 1 || isNaN(data3)){
const err12 = {instancePath:instancePath+"/pids",schemaPath:"#/properties/pids/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
}
if(data.io !== undefined && func0.call(data, "io")){
let data4 = data.io;
if(data4 && typeof data4 == "object" && !Array.isArray(data4)){
for(const key1 of Object.keys(data4)){
const _errs11 = errors;
if(typeof key1 === "string"){
if(key1.length > 4096){
const err13 = {instancePath:instancePath+"/io",schemaPath:"#/properties/io/propertyNames/maxLength",keyword:"maxLength",params:{limit: 4096},propertyName:key1};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(!pattern47.test(key1)){
const err14 = {instancePath:instancePath+"/io",schemaPath:"#/properties/io/propertyNames/pattern",keyword:"pattern",params:{pattern: "^/[^\\u0000-\\u001f\\u007f]*$"},propertyName:key1};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
var valid1 = _errs11 === errors;
if(!valid1){
const err15 = {instancePath:instancePath+"/io",schemaPath:"#/properties/io/propertyNames",keyword:"propertyNames",params:{propertyName: key1}};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
for(const key2 of Object.keys(data4)){
if(!(validate94(data4[key2], {instancePath:instancePath+"/io/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data4,parentDataProperty:key2,rootData}))){
if(vErrors === null){vErrors = validate94.errors;}else{for(const e of validate94.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err16 = {instancePath:instancePath+"/io",schemaPath:"#/properties/io/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
}
else {
const err17 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
validate92.errors = vErrors;
return errors === 0;
}

const schema30 = {"title":"logging","type":"object","x-expects":"a map such as {times: true, max_size: 10M}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"times":{"type":"boolean"},"max_size":{"$ref":"#/definitions/size"},"max_files":{"type":"integer","minimum":2,"maximum":1000,"x-expects":"a whole number from 2 to 1000"}}};

function validate97(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 of Object.keys(data)){
if(!((((key0 === "times") || (key0 === "max_size")) || (key0 === "max_files")) || (pattern0.test(key0)))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.times !== undefined && func0.call(data, "times")){
if(typeof data.times !== "boolean"){
const err1 = {instancePath:instancePath+"/times",schemaPath:"#/properties/times/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.max_size !== undefined && func0.call(data, "max_size")){
if(!(validate75(data.max_size, {instancePath:instancePath+"/max_size",parentData:data,parentDataProperty:"max_size",rootData}))){
if(vErrors === null){vErrors = validate75.errors;}else{for(const e of validate75.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.max_files !== undefined && func0.call(data, "max_files")){
let data2 = data.max_files;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err2 = {instancePath:instancePath+"/max_files",schemaPath:"#/properties/max_files/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 1000 || isNaN(data2)){
const err3 = {instancePath:instancePath+"/max_files",schemaPath:"#/properties/max_files/maximum",keyword:"maximum",params:{comparison: "<=", limit: 1000}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(data2 < 2 || isNaN(data2)){
const err4 = {instancePath:instancePath+"/max_files",schemaPath:"#/properties/max_files/minimum",keyword:"minimum",params:{comparison: ">=", limit: 2}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
}
else {
const err5 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
validate97.errors = vErrors;
return errors === 0;
}

const schema31 = {"title":"ulimits","type":"object","x-expects":"a map such as {nofile: 1024}","propertyNames":{"enum":["as","core","cpu","data","fsize","locks","memlock","msgqueue","nice","nofile","nproc","rss","rtprio","rttime","sigpending","stack"]},"additionalProperties":{"$ref":"#/definitions/ulimit"}};
const schema32 = {"title":"ulimit","type":["integer","string","object"],"minimum":-1,"x-expects":"a whole number, unlimited, or a map such as {soft: 1024, hard: 4096}","if":{"type":"string"},"then":{"enum":["unlimited"]},"required":["soft","hard"],"additionalProperties":false,"properties":{"soft":{"$ref":"#/definitions/bound"},"hard":{"$ref":"#/definitions/bound"}}};
const schema33 = {"type":["integer","string"],"minimum":-1,"x-expects":"a whole number or unlimited","if":{"type":"string"},"then":{"enum":["unlimited"]}};

function validate102(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if((!(((typeof data == "number") && (!(data % 1) && !isNaN(data))) && (isFinite(data)))) && (typeof data !== "string")){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: schema33.type}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
const _errs1 = errors;
let valid0 = true;
const _errs2 = errors;
if(typeof data !== "string"){
const err1 = {};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
var _valid0 = _errs2 === errors;
errors = _errs1;
if(vErrors !== null){
if(_errs1){
vErrors.length = _errs1;
}
else {
vErrors = null;
}
}
if(_valid0){
const _errs4 = errors;
if(!(data === "unlimited")){
const err2 = {instancePath,schemaPath:"#/then/enum",keyword:"enum",params:{allowedValues: schema33.then.enum}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
var _valid0 = _errs4 === errors;
valid0 = _valid0;
}
if(!valid0){
const err3 = {instancePath,schemaPath:"#/if",keyword:"if",params:{failingKeyword: "then"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if((typeof data == "number") && (isFinite(data))){
if(data < -1 || isNaN(data)){
const err4 = {instancePath,schemaPath:"#/minimum",keyword:"minimum",params:{comparison: ">=", limit: -1}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
validate102.errors = vErrors;
return errors === 0;
}


function validate101(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(((!(((typeof data == "number") && (!(data % 1) && !isNaN(data))) && (isFinite(data)))) && (typeof data !== "string")) && (!(data && typeof data == "object" && !Array.isArray(data)))){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: schema32.type}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
const _errs1 = errors;
let valid0 = true;
const _errs2 = errors;
if(typeof data !== "string"){
const err1 = {};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
var _valid0 = _errs2 === errors;
errors = _errs1;
if(vErrors !== null){
if(_errs1){
vErrors.length = _errs1;
}
else {
vErrors = null;
}
}
if(_valid0){
const _errs4 = errors;
if(!(data === "unlimited")){
const err2 = {instancePath,schemaPath:"#/then/enum",keyword:"enum",params:{allowedValues: schema32.then.enum}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
var _valid0 = _errs4 === errors;
valid0 = _valid0;
}
if(!valid0){
const err3 = {instancePath,schemaPath:"#/if",keyword:"if",params:{failingKeyword: "then"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if((typeof data == "number") && (isFinite(data))){
if(data < -1 || isNaN(data)){
const err4 = {instancePath,schemaPath:"#/minimum",keyword:"minimum",params:{comparison: ">=", limit: -1}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data && typeof data == "object" && !Array.isArray(data)){
if((data.soft === undefined) || (!(func0.call(data, "soft")))){
const err5 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "soft"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if((data.hard === undefined) || (!(func0.call(data, "hard")))){
const err6 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "hard"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
for(const key0 of Object.keys(data)){
if(!((key0 === "soft") || (key0 === "hard"))){
const err7 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data.soft !== undefined && func0.call(data, "soft")){
if(!(validate102(data.soft, {instancePath:instancePath+"/soft",parentData:data,parentDataProperty:"soft",rootData}))){
if(vErrors === null){vErrors = validate102.errors;}else{for(const e of validate102.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.hard !== undefined && func0.call(data, "hard")){
if(!(validate102(data.hard, {instancePath:instancePath+"/hard",parentData:data,parentDataProperty:"hard",rootData}))){
if(vErrors === null){vErrors = validate102.errors;}else{for(const e of validate102.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
validate101.errors = vErrors;
return errors === 0;
}


function validate100(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 of Object.keys(data)){
const _errs1 = errors;
if(!((((((((((((((((key0 === "as") || (key0 === "core")) || (key0 === "cpu")) || (key0 === "data")) || (key0 === "fsize")) || (key0 === "locks")) || (key0 === "memlock")) || (key0 === "msgqueue")) || (key0 === "nice")) || (key0 === "nofile")) || (key0 === "nproc")) || (key0 === "rss")) || (key0 === "rtprio")) || (key0 === "rttime")) || (key0 === "sigpending")) || (key0 === "stack"))){
const err0 = {instancePath,schemaPath:"#/propertyNames/enum",keyword:"enum",params:{allowedValues: schema31.propertyNames.enum},propertyName:key0};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
var valid0 = _errs1 === errors;
if(!valid0){
const err1 = {instancePath,schemaPath:"#/propertyNames",keyword:"propertyNames",params:{propertyName: key0}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
for(const key1 of Object.keys(data)){
if(!(validate101(data[key1], {instancePath:instancePath+"/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data,parentDataProperty:key1,rootData}))){
if(vErrors === null){vErrors = validate101.errors;}else{for(const e of validate101.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
validate100.errors = vErrors;
return errors === 0;
}

const schema34 = {"title":"security","type":"object","x-expects":"a map such as {cap_drop: [ALL]}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"cap_add":{"$ref":"#/definitions/capabilities"},"cap_drop":{"$ref":"#/definitions/capabilities"},"no_new_privileges":{"type":"boolean"},"masked_paths":{"$ref":"#/definitions/paths"},"read_only_paths":{"$ref":"#/definitions/paths"}}};
const schema35 = {"type":"array","x-expects":"a list such as [NET_ADMIN]","maxItems":64,"items":{"type":"string","x-expects":"a capability such as NET_ADMIN, or ALL","enum":["ALL","AUDIT_CONTROL","AUDIT_READ","AUDIT_WRITE","BLOCK_SUSPEND","BPF","CHECKPOINT_RESTORE","CHOWN","DAC_OVERRIDE","DAC_READ_SEARCH","FOWNER","FSETID","IPC_LOCK","IPC_OWNER","KILL","LEASE","LINUX_IMMUTABLE","MAC_ADMIN","MAC_OVERRIDE","MKNOD","NET_ADMIN","NET_BIND_SERVICE","NET_BROADCAST","NET_RAW","PERFMON","SETFCAP","SETGID","SETPCAP","SETUID","SYSLOG","SYS_ADMIN","SYS_BOOT","SYS_CHROOT","SYS_MODULE","SYS_NICE","SYS_PACCT","SYS_PTRACE","SYS_RAWIO","SYS_RESOURCE","SYS_TIME","SYS_TTY_CONFIG","WAKE_ALARM"]}};

function validate108(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(Array.isArray(data)){
if(data.length > 64){
const err0 = {instancePath,schemaPath:"#/maxItems",keyword:"maxItems",params:{limit: 64}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
let data0 = data[i0];
if(typeof data0 !== "string"){
const err1 = {instancePath:instancePath+"/" + i0,schemaPath:"#/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!((((((((((((((((((((((((((((((((((((((((((data0 === "ALL") || (data0 === "AUDIT_CONTROL")) || (data0 === "AUDIT_READ")) || (data0 === "AUDIT_WRITE")) || (data0 === "BLOCK_SUSPEND")) || (data0 === "BPF")) || (data0 === "CHECKPOINT_RESTORE")) || (data0 === "CHOWN")) || (data0 === "DAC_OVERRIDE")) || (data0 === "DAC_READ_SEARCH")) || (data0 === "FOWNER")) || (data0 === "FSETID")) || (data0 === "IPC_LOCK")) || (data0 === "IPC_OWNER")) || (data0 === "KILL")) || (data0 === "LEASE")) || (data0 === "LINUX_IMMUTABLE")) || (data0 === "MAC_ADMIN")) || (data0 === "MAC_OVERRIDE")) || (data0 === "MKNOD")) || (data0 === "NET_ADMIN")) || (data0 === "NET_BIND_SERVICE")) || (data0 === "NET_BROADCAST")) || (data0 === "NET_RAW")) || (data0 === "PERFMON")) || (data0 === "SETFCAP")) || (data0 === "SETGID")) || (data0 === "SETPCAP")) || (data0 === "SETUID")) || (data0 === "SYSLOG")) || (data0 === "SYS_ADMIN")) || (data0 === "SYS_BOOT")) || (data0 === "SYS_CHROOT")) || (data0 === "SYS_MODULE")) || (data0 === "SYS_NICE")) || (data0 === "SYS_PACCT")) || (data0 === "SYS_PTRACE")) || (data0 === "SYS_RAWIO")) || (data0 === "SYS_RESOURCE")) || (data0 === "SYS_TIME")) || (data0 === "SYS_TTY_CONFIG")) || (data0 === "WAKE_ALARM"))){
const err2 = {instancePath:instancePath+"/" + i0,schemaPath:"#/items/enum",keyword:"enum",params:{allowedValues: schema35.items.enum}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
}
else {
const err3 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
validate108.errors = vErrors;
return errors === 0;
}

const schema36 = {"type":"array","x-expects":"a list of paths such as [/proc/kcore]","maxItems":256,"items":{"$ref":"#/definitions/path"}};

function validate111(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(Array.isArray(data)){
if(data.length > 256){
const err0 = {instancePath,schemaPath:"#/maxItems",keyword:"maxItems",params:{limit: 256}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
if(!(validate24(data[i0], {instancePath:instancePath+"/" + i0,parentData:data,parentDataProperty:i0,rootData}))){
if(vErrors === null){vErrors = validate24.errors;}else{for(const e of validate24.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err1 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
validate111.errors = vErrors;
return errors === 0;
}


function validate107(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 of Object.keys(data)){
if(!((((((key0 === "cap_add") || (key0 === "cap_drop")) || (key0 === "no_new_privileges")) || (key0 === "masked_paths")) || (key0 === "read_only_paths")) || (pattern0.test(key0)))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.cap_add !== undefined && func0.call(data, "cap_add")){
if(!(validate108(data.cap_add, {instancePath:instancePath+"/cap_add",parentData:data,parentDataProperty:"cap_add",rootData}))){
if(vErrors === null){vErrors = validate108.errors;}else{for(const e of validate108.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.cap_drop !== undefined && func0.call(data, "cap_drop")){
if(!(validate108(data.cap_drop, {instancePath:instancePath+"/cap_drop",parentData:data,parentDataProperty:"cap_drop",rootData}))){
if(vErrors === null){vErrors = validate108.errors;}else{for(const e of validate108.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.no_new_privileges !== undefined && func0.call(data, "no_new_privileges")){
if(typeof data.no_new_privileges !== "boolean"){
const err1 = {instancePath:instancePath+"/no_new_privileges",schemaPath:"#/properties/no_new_privileges/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.masked_paths !== undefined && func0.call(data, "masked_paths")){
if(!(validate111(data.masked_paths, {instancePath:instancePath+"/masked_paths",parentData:data,parentDataProperty:"masked_paths",rootData}))){
if(vErrors === null){vErrors = validate111.errors;}else{for(const e of validate111.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.read_only_paths !== undefined && func0.call(data, "read_only_paths")){
if(!(validate111(data.read_only_paths, {instancePath:instancePath+"/read_only_paths",parentData:data,parentDataProperty:"read_only_paths",rootData}))){
if(vErrors === null){vErrors = validate111.errors;}else{for(const e of validate111.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
validate107.errors = vErrors;
return errors === 0;
}

const schema37 = {"type":"string","maxLength":15,"pattern":"^[A-Za-z0-9_][A-Za-z0-9_.-]*$","x-expects":"the name of an interface such as br0"};
const pattern56 = new RegExp("^[A-Za-z0-9_][A-Za-z0-9_.-]*$", "u");

function validate116(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(typeof data === "string"){
if(data.length > 15){
const err0 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 15}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(!pattern56.test(data)){
const err1 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]*$"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
else {
const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
validate116.errors = vErrors;
return errors === 0;
}

const schema38 = {"type":"array","x-expects":"a list such as [dns, 10.0.0.0/8:5432]","maxItems":256,"items":{"type":"string","maxLength":120,"pattern":"^(\\*|\\[[0-9A-Fa-f:.]+(/[0-9]{1,3})?\\]|[A-Za-z0-9_][A-Za-z0-9._-]*(/[0-9]{1,2})?)(:[0-9]{1,5}(-[0-9]{1,5})?(/(tcp|udp))?)?$","x-expects":"dns, or who and which port: *:443, host, 10.0.0.0/8:5432, [2001:db8::/32]:80-90/udp, deb.example:443"}};
const pattern64 = new RegExp("^(\\*|\\[[0-9A-Fa-f:.]+(/[0-9]{1,3})?\\]|[A-Za-z0-9_][A-Za-z0-9._-]*(/[0-9]{1,2})?)(:[0-9]{1,5}(-[0-9]{1,5})?(/(tcp|udp))?)?$", "u");

function validate121(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(Array.isArray(data)){
if(data.length > 256){
const err0 = {instancePath,schemaPath:"#/maxItems",keyword:"maxItems",params:{limit: 256}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
let data0 = data[i0];
if(typeof data0 === "string"){
if(data0.length > 120){
const err1 = {instancePath:instancePath+"/" + i0,schemaPath:"#/items/maxLength",keyword:"maxLength",params:{limit: 120}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!pattern64.test(data0)){
const err2 = {instancePath:instancePath+"/" + i0,schemaPath:"#/items/pattern",keyword:"pattern",params:{pattern: "^(\\*|\\[[0-9A-Fa-f:.]+(/[0-9]{1,3})?\\]|[A-Za-z0-9_][A-Za-z0-9._-]*(/[0-9]{1,2})?)(:[0-9]{1,5}(-[0-9]{1,5})?(/(tcp|udp))?)?$"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath:instancePath+"/" + i0,schemaPath:"#/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
}
else {
const err4 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
validate121.errors = vErrors;
return errors === 0;
}

const schema39 = {"type":["string","number"],"maxLength":4096,"pattern":"^[^\\u0000\\n\\r]*$","x-expects":"a number or one line of text"};
const pattern67 = new RegExp("^[^\\u0000\\n\\r]*$", "u");

function validate126(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if((typeof data !== "string") && (!((typeof data == "number") && (isFinite(data))))){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: schema39.type}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(typeof data === "string"){
if(data.length > 4096){
const err1 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 4096}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!pattern67.test(data)){
const err2 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000\\n\\r]*$"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
validate126.errors = vErrors;
return errors === 0;
}

const schema40 = {"title":"process","type":"object","x-expects":"a map with a command","required":["command"],"additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"command":{"$ref":"#/definitions/command"},"env_file":{"$ref":"#/definitions/env_file"},"environment":{"$ref":"#/definitions/variables"},"working_dir":{"$ref":"#/definitions/path"},"user":{"$ref":"#/definitions/user"},"tty":{"type":"boolean"},"stdin_open":{"type":"boolean"},"restart":{"type":"string","pattern":"^(no|always|unless-stopped|on-failure(:[1-9][0-9]{0,5})?)$","maxLength":17,"x-expects":"no, on-failure, on-failure:3 (at most three times in a row), always or unless-stopped"},"logging":{"$ref":"#/definitions/logging"},"stop_signal":{"$ref":"#/definitions/signal"},"stop_grace_period":{"$ref":"#/definitions/duration"},"ulimits":{"$ref":"#/definitions/ulimits"},"healthcheck":{"title":"healthcheck","type":"object","x-expects":"a map such as {test: [CMD, pg_isready]}","required":["test"],"additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"test":{"type":["string","array"],"minLength":1,"minItems":1,"items":{"$ref":"#/definitions/text"},"x-expects":"a text for the shell, or a list such as [CMD, pg_isready]"},"interval":{"$ref":"#/definitions/duration"},"timeout":{"$ref":"#/definitions/duration"},"retries":{"type":"integer","minimum":1,"maximum":1000000,"x-expects":"a whole number from 1 to 1000000"},"start_period":{"$ref":"#/definitions/duration"},"start_interval":{"$ref":"#/definitions/duration"},"on_failure":{"type":"string","enum":["restart","stop","none"]}}},"depends_on":{"type":["array","object"],"maxItems":64,"maxProperties":64,"uniqueItems":true,"x-expects":"a list such as [db/postgres], or a map such as {db/postgres: {condition: process_healthy}}","items":{"type":"string","maxLength":127,"pattern":"^[a-z0-9/-]+$","x-expects":"the name of a process, or ENVIRONMENT/PROCESS"},"propertyNames":{"maxLength":127,"pattern":"^[a-z0-9/-]+$","x-expects":"the name of a process, or ENVIRONMENT/PROCESS"},"additionalProperties":{"title":"depends_on","type":"object","x-expects":"a map such as {condition: process_healthy}","additionalProperties":false,"properties":{"condition":{"type":"string","enum":["process_started","process_healthy","process_completed"]},"timeout":{"$ref":"#/definitions/duration"}}}},"on_change":{"title":"on_change","type":"object","x-expects":"a map such as {secrets: signal SIGHUP}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"config":{"$ref":"#/definitions/reaction"},"files":{"$ref":"#/definitions/reaction"},"secrets":{"$ref":"#/definitions/reaction"}}},"hooks":{"title":"hooks","type":"object","x-expects":"a map such as {pre_start: [/srv/migrate]}","additionalProperties":false,"patternProperties":{"^x-":{}},"properties":{"pre_start":{"$ref":"#/definitions/command"},"post_start":{"$ref":"#/definitions/command"},"pre_stop":{"$ref":"#/definitions/command"},"post_stop":{"$ref":"#/definitions/command"},"timeout":{"$ref":"#/definitions/duration"}}}}};
const pattern75 = new RegExp("^(no|always|unless-stopped|on-failure(:[1-9][0-9]{0,5})?)$", "u");
const pattern78 = new RegExp("^[a-z0-9/-]+$", "u");
const schema41 = {"type":["string","array"],"maxLength":4095,"pattern":"^[^\\u0000-\\u001f\\u007f]+$","x-expects":"a path, or a list such as [./app.env, {path: ./local.env, required: false}]","items":{"title":"env_file","type":["string","object"],"maxLength":4095,"pattern":"^[^\\u0000-\\u001f\\u007f]+$","x-expects":"a path, or a map such as {path: ./local.env, required: false}","required":["path"],"additionalProperties":false,"properties":{"path":{"$ref":"#/definitions/path"},"required":{"type":"boolean"}}},"maxItems":64};

function validate132(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if((typeof data !== "string") && (!(Array.isArray(data)))){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: schema41.type}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(typeof data === "string"){
if(data.length > 4095){
const err1 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 4095}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!pattern2.test(data)){
const err2 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000-\\u001f\\u007f]+$"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(Array.isArray(data)){
if(data.length > 64){
const err3 = {instancePath,schemaPath:"#/maxItems",keyword:"maxItems",params:{limit: 64}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
let data0 = data[i0];
if((typeof data0 !== "string") && (!(data0 && typeof data0 == "object" && !Array.isArray(data0)))){
const err4 = {instancePath:instancePath+"/" + i0,schemaPath:"#/items/type",keyword:"type",params:{type: schema41.items.type}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(typeof data0 === "string"){
if(data0.length > 4095){
const err5 = {instancePath:instancePath+"/" + i0,schemaPath:"#/items/maxLength",keyword:"maxLength",params:{limit: 4095}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(!pattern2.test(data0)){
const err6 = {instancePath:instancePath+"/" + i0,schemaPath:"#/items/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000-\\u001f\\u007f]+$"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data0 && typeof data0 == "object" && !Array.isArray(data0)){
if((data0.path === undefined) || (!(func0.call(data0, "path")))){
const err7 = {instancePath:instancePath+"/" + i0,schemaPath:"#/items/required",keyword:"required",params:{missingProperty: "path"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
for(const key0 of Object.keys(data0)){
if(!((key0 === "path") || (key0 === "required"))){
const err8 = {instancePath:instancePath+"/" + i0,schemaPath:"#/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data0.path !== undefined && func0.call(data0, "path")){
if(!(validate24(data0.path, {instancePath:instancePath+"/" + i0+"/path",parentData:data0,parentDataProperty:"path",rootData}))){
if(vErrors === null){vErrors = validate24.errors;}else{for(const e of validate24.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data0.required !== undefined && func0.call(data0, "required")){
if(typeof data0.required !== "boolean"){
const err9 = {instancePath:instancePath+"/" + i0+"/required",schemaPath:"#/items/properties/required/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
}
}
}
validate132.errors = vErrors;
return errors === 0;
}

const schema42 = {"title":"variables","type":"object","x-expects":"a map such as {TZ: UTC}","propertyNames":{"maxLength":255,"pattern":"^[A-Za-z_][A-Za-z0-9_]*$","x-expects":"letters, digits and _, not beginning with a digit"},"additionalProperties":{"$ref":"#/definitions/text"}};

function validate135(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 of Object.keys(data)){
const _errs1 = errors;
if(typeof key0 === "string"){
if(key0.length > 255){
const err0 = {instancePath,schemaPath:"#/propertyNames/maxLength",keyword:"maxLength",params:{limit: 255},propertyName:key0};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(!pattern41.test(key0)){
const err1 = {instancePath,schemaPath:"#/propertyNames/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z_][A-Za-z0-9_]*$"},propertyName:key0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
var valid0 = _errs1 === errors;
if(!valid0){
const err2 = {instancePath,schemaPath:"#/propertyNames",keyword:"propertyNames",params:{propertyName: key0}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
for(const key1 of Object.keys(data)){
if(!(validate27(data[key1], {instancePath:instancePath+"/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data,parentDataProperty:key1,rootData}))){
if(vErrors === null){vErrors = validate27.errors;}else{for(const e of validate27.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err3 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
validate135.errors = vErrors;
return errors === 0;
}

const schema43 = {"type":["string","integer"],"minimum":0,"maximum":4294967294,"maxLength":65,"pattern":"^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$","x-expects":"USER or USER:GROUP, as numbers or names"};
const pattern74 = new RegExp("^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$", "u");

function validate139(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if((typeof data !== "string") && (!(((typeof data == "number") && (!(data % 1) && !isNaN(data))) && (isFinite(data))))){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: schema43.type}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if((typeof data == "number") && (isFinite(data))){
if(data > 4294967294 || isNaN(data)){
const err1 = {instancePath,schemaPath:"#/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967294}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data < 0 || isNaN(data)){
const err2 = {instancePath,schemaPath:"#/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(typeof data === "string"){
if(data.length > 65){
const err3 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 65}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(!pattern74.test(data)){
const err4 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
validate139.errors = vErrors;
return errors === 0;
}

const schema44 = {"enum":["SIGABRT","SIGALRM","SIGCONT","SIGHUP","SIGINT","SIGKILL","SIGPIPE","SIGQUIT","SIGTERM","SIGUSR1","SIGUSR2","SIGWINCH"]};

function validate142(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(!((((((((((((data === "SIGABRT") || (data === "SIGALRM")) || (data === "SIGCONT")) || (data === "SIGHUP")) || (data === "SIGINT")) || (data === "SIGKILL")) || (data === "SIGPIPE")) || (data === "SIGQUIT")) || (data === "SIGTERM")) || (data === "SIGUSR1")) || (data === "SIGUSR2")) || (data === "SIGWINCH"))){
const err0 = {instancePath,schemaPath:"#/enum",keyword:"enum",params:{allowedValues: schema44.enum}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
validate142.errors = vErrors;
return errors === 0;
}

const schema45 = {"type":["string","integer"],"minimum":0,"maximum":31622400,"maxLength":32,"pattern":"^([0-9]{1,9}(ms|s|m|h))+$","x-expects":"a length of time such as 10s, 500ms or 1m30s, or a number of seconds"};
const pattern76 = new RegExp("^([0-9]{1,9}(ms|s|m|h))+$", "u");

function validate144(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if((typeof data !== "string") && (!(((typeof data == "number") && (!(data % 1) && !isNaN(data))) && (isFinite(data))))){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: schema45.type}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if((typeof data == "number") && (isFinite(data))){
if(data > 31622400 || isNaN(data)){
const err1 = {instancePath,schemaPath:"#/maximum",keyword:"maximum",params:{comparison: "<=", limit: 31622400}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data < 0 || isNaN(data)){
const err2 = {instancePath,schemaPath:"#/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(typeof data === "string"){
if(data.length > 32){
const err3 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 32}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(!pattern76.test(data)){
const err4 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^([0-9]{1,9}(ms|s|m|h))+$"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
validate144.errors = vErrors;
return errors === 0;
}

const schema46 = {"title":"reaction","type":["string","object"],"maxLength":15,"pattern":"^(restart|signal SIG(HUP|INT|QUIT|USR1|USR2|ALRM|TERM|CONT|WINCH))$","x-expects":"signal SIGHUP, restart, or a map such as {exec: [nginx, -s, reload]}","additionalProperties":false,"properties":{"exec":{"$ref":"#/definitions/command"}}};
const pattern81 = new RegExp("^(restart|signal SIG(HUP|INT|QUIT|USR1|USR2|ALRM|TERM|CONT|WINCH))$", "u");

function validate153(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if((typeof data !== "string") && (!(data && typeof data == "object" && !Array.isArray(data)))){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: schema46.type}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(typeof data === "string"){
if(data.length > 15){
const err1 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 15}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!pattern81.test(data)){
const err2 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^(restart|signal SIG(HUP|INT|QUIT|USR1|USR2|ALRM|TERM|CONT|WINCH))$"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 of Object.keys(data)){
if(!(key0 === "exec")){
const err3 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.exec !== undefined && func0.call(data, "exec")){
if(!(validate85(data.exec, {instancePath:instancePath+"/exec",parentData:data,parentDataProperty:"exec",rootData}))){
if(vErrors === null){vErrors = validate85.errors;}else{for(const e of validate85.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
validate153.errors = vErrors;
return errors === 0;
}


function validate130(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if((data.command === undefined) || (!(func0.call(data, "command")))){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "command"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 of Object.keys(data)){
if(!((func0.call(schema40.properties, key0)) || (pattern0.test(key0)))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.command !== undefined && func0.call(data, "command")){
if(!(validate85(data.command, {instancePath:instancePath+"/command",parentData:data,parentDataProperty:"command",rootData}))){
if(vErrors === null){vErrors = validate85.errors;}else{for(const e of validate85.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.env_file !== undefined && func0.call(data, "env_file")){
if(!(validate132(data.env_file, {instancePath:instancePath+"/env_file",parentData:data,parentDataProperty:"env_file",rootData}))){
if(vErrors === null){vErrors = validate132.errors;}else{for(const e of validate132.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.environment !== undefined && func0.call(data, "environment")){
if(!(validate135(data.environment, {instancePath:instancePath+"/environment",parentData:data,parentDataProperty:"environment",rootData}))){
if(vErrors === null){vErrors = validate135.errors;}else{for(const e of validate135.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.working_dir !== undefined && func0.call(data, "working_dir")){
if(!(validate24(data.working_dir, {instancePath:instancePath+"/working_dir",parentData:data,parentDataProperty:"working_dir",rootData}))){
if(vErrors === null){vErrors = validate24.errors;}else{for(const e of validate24.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.user !== undefined && func0.call(data, "user")){
if(!(validate139(data.user, {instancePath:instancePath+"/user",parentData:data,parentDataProperty:"user",rootData}))){
if(vErrors === null){vErrors = validate139.errors;}else{for(const e of validate139.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.tty !== undefined && func0.call(data, "tty")){
if(typeof data.tty !== "boolean"){
const err2 = {instancePath:instancePath+"/tty",schemaPath:"#/properties/tty/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.stdin_open !== undefined && func0.call(data, "stdin_open")){
if(typeof data.stdin_open !== "boolean"){
const err3 = {instancePath:instancePath+"/stdin_open",schemaPath:"#/properties/stdin_open/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.restart !== undefined && func0.call(data, "restart")){
let data7 = data.restart;
if(typeof data7 === "string"){
if(data7.length > 17){
const err4 = {instancePath:instancePath+"/restart",schemaPath:"#/properties/restart/maxLength",keyword:"maxLength",params:{limit: 17}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(!pattern75.test(data7)){
const err5 = {instancePath:instancePath+"/restart",schemaPath:"#/properties/restart/pattern",keyword:"pattern",params:{pattern: "^(no|always|unless-stopped|on-failure(:[1-9][0-9]{0,5})?)$"}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
else {
const err6 = {instancePath:instancePath+"/restart",schemaPath:"#/properties/restart/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.logging !== undefined && func0.call(data, "logging")){
if(!(validate97(data.logging, {instancePath:instancePath+"/logging",parentData:data,parentDataProperty:"logging",rootData}))){
if(vErrors === null){vErrors = validate97.errors;}else{for(const e of validate97.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.stop_signal !== undefined && func0.call(data, "stop_signal")){
if(!(validate142(data.stop_signal, {instancePath:instancePath+"/stop_signal",parentData:data,parentDataProperty:"stop_signal",rootData}))){
if(vErrors === null){vErrors = validate142.errors;}else{for(const e of validate142.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.stop_grace_period !== undefined && func0.call(data, "stop_grace_period")){
if(!(validate144(data.stop_grace_period, {instancePath:instancePath+"/stop_grace_period",parentData:data,parentDataProperty:"stop_grace_period",rootData}))){
if(vErrors === null){vErrors = validate144.errors;}else{for(const e of validate144.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.ulimits !== undefined && func0.call(data, "ulimits")){
if(!(validate100(data.ulimits, {instancePath:instancePath+"/ulimits",parentData:data,parentDataProperty:"ulimits",rootData}))){
if(vErrors === null){vErrors = validate100.errors;}else{for(const e of validate100.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.healthcheck !== undefined && func0.call(data, "healthcheck")){
let data12 = data.healthcheck;
if(data12 && typeof data12 == "object" && !Array.isArray(data12)){
if((data12.test === undefined) || (!(func0.call(data12, "test")))){
const err7 = {instancePath:instancePath+"/healthcheck",schemaPath:"#/properties/healthcheck/required",keyword:"required",params:{missingProperty: "test"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
for(const key1 of Object.keys(data12)){
if(!((((((((key1 === "test") || (key1 === "interval")) || (key1 === "timeout")) || (key1 === "retries")) || (key1 === "start_period")) || (key1 === "start_interval")) || (key1 === "on_failure")) || (pattern0.test(key1)))){
const err8 = {instancePath:instancePath+"/healthcheck",schemaPath:"#/properties/healthcheck/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data12.test !== undefined && func0.call(data12, "test")){
let data13 = data12.test;
if((typeof data13 !== "string") && (!(Array.isArray(data13)))){
const err9 = {instancePath:instancePath+"/healthcheck/test",schemaPath:"#/properties/healthcheck/properties/test/type",keyword:"type",params:{type: schema40.properties.healthcheck.properties.test.type}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(typeof data13 === "string"){
if(data13.length < 1){
const err10 = {instancePath:instancePath+"/healthcheck/test",schemaPath:"#/properties/healthcheck/properties/test/minLength",keyword:"minLength",params:{limit: 1}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(Array.isArray(data13)){
if(data13.length < 1){
const err11 = {instancePath:instancePath+"/healthcheck/test",schemaPath:"#/properties/healthcheck/properties/test/minItems",keyword:"minItems",params:{limit: 1}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
const len0 = data13.length;
for(let i0=0; i0<len0; i0++){
if(!(validate27(data13[i0], {instancePath:instancePath+"/healthcheck/test/" + i0,parentData:data13,parentDataProperty:i0,rootData}))){
if(vErrors === null){vErrors = validate27.errors;}else{for(const e of validate27.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
}
if(data12.interval !== undefined && func0.call(data12, "interval")){
if(!(validate144(data12.interval, {instancePath:instancePath+"/healthcheck/interval",parentData:data12,parentDataProperty:"interval",rootData}))){
if(vErrors === null){vErrors = validate144.errors;}else{for(const e of validate144.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data12.timeout !== undefined && func0.call(data12, "timeout")){
if(!(validate144(data12.timeout, {instancePath:instancePath+"/healthcheck/timeout",parentData:data12,parentDataProperty:"timeout",rootData}))){
if(vErrors === null){vErrors = validate144.errors;}else{for(const e of validate144.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data12.retries !== undefined && func0.call(data12, "retries")){
let data17 = data12.retries;
if(!(((typeof data17 == "number") && (!(data17 % 1) && !isNaN(data17))) && (isFinite(data17)))){
const err12 = {instancePath:instancePath+"/healthcheck/retries",schemaPath:"#/properties/healthcheck/properties/retries/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if((typeof data17 == "number") && (isFinite(data17))){
if(data17 > 1000000 || isNaN(data17)){
const err13 = {instancePath:instancePath+"/healthcheck/retries",schemaPath:"#/properties/healthcheck/properties/retries/maximum",keyword:"maximum",params:{comparison: "<=", limit: 1000000}};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(data17 < 1 || isNaN(data17)){
const err14 = {instancePath:instancePath+"/healthcheck/retries",schemaPath:"#/properties/healthcheck/properties/retries/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
}
if(data12.start_period !== undefined && func0.call(data12, "start_period")){
if(!(validate144(data12.start_period, {instancePath:instancePath+"/healthcheck/start_period",parentData:data12,parentDataProperty:"start_period",rootData}))){
if(vErrors === null){vErrors = validate144.errors;}else{for(const e of validate144.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data12.start_interval !== undefined && func0.call(data12, "start_interval")){
if(!(validate144(data12.start_interval, {instancePath:instancePath+"/healthcheck/start_interval",parentData:data12,parentDataProperty:"start_interval",rootData}))){
if(vErrors === null){vErrors = validate144.errors;}else{for(const e of validate144.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data12.on_failure !== undefined && func0.call(data12, "on_failure")){
let data20 = data12.on_failure;
if(typeof data20 !== "string"){
const err15 = {instancePath:instancePath+"/healthcheck/on_failure",schemaPath:"#/properties/healthcheck/properties/on_failure/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
if(!(((data20 === "restart") || (data20 === "stop")) || (data20 === "none"))){
const err16 = {instancePath:instancePath+"/healthcheck/on_failure",schemaPath:"#/properties/healthcheck/properties/on_failure/enum",keyword:"enum",params:{allowedValues: schema40.properties.healthcheck.properties.on_failure.enum}};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
}
else {
const err17 = {instancePath:instancePath+"/healthcheck",schemaPath:"#/properties/healthcheck/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
if(data.depends_on !== undefined && func0.call(data, "depends_on")){
let data21 = data.depends_on;
if(!data21 || typeof data21 != "object"){
const err18 = {instancePath:instancePath+"/depends_on",schemaPath:"#/properties/depends_on/type",keyword:"type",params:{type: schema40.properties.depends_on.type}};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
if(Array.isArray(data21)){
if(data21.length > 64){
const err19 = {instancePath:instancePath+"/depends_on",schemaPath:"#/properties/depends_on/maxItems",keyword:"maxItems",params:{limit: 64}};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
const len1 = data21.length;
for(let i1=0; i1<len1; i1++){
let data22 = data21[i1];
if(typeof data22 === "string"){
if(data22.length > 127){
const err20 = {instancePath:instancePath+"/depends_on/" + i1,schemaPath:"#/properties/depends_on/items/maxLength",keyword:"maxLength",params:{limit: 127}};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
if(!pattern78.test(data22)){
const err21 = {instancePath:instancePath+"/depends_on/" + i1,schemaPath:"#/properties/depends_on/items/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9/-]+$"}};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
else {
const err22 = {instancePath:instancePath+"/depends_on/" + i1,schemaPath:"#/properties/depends_on/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
let i2 = data21.length;
let j0;
if(i2 > 1){
const indices0 = {};
for(;i2--;){
let item0 = data21[i2];
if(typeof item0 !== "string"){
continue;
}
if(typeof indices0[item0] == "number"){
j0 = indices0[item0];
const err23 = {instancePath:instancePath+"/depends_on",schemaPath:"#/properties/depends_on/uniqueItems",keyword:"uniqueItems",params:{i: i2, j: j0}};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
break;
}
indices0[item0] = i2;
}
}
}
if(data21 && typeof data21 == "object" && !Array.isArray(data21)){
if(Object.keys(data21).length > 64){
const err24 = {instancePath:instancePath+"/depends_on",schemaPath:"#/properties/depends_on/maxProperties",keyword:"maxProperties",params:{limit: 64}};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
for(const key2 of Object.keys(data21)){
const _errs35 = errors;
if(typeof key2 === "string"){
if(key2.length > 127){
const err25 = {instancePath:instancePath+"/depends_on",schemaPath:"#/properties/depends_on/propertyNames/maxLength",keyword:"maxLength",params:{limit: 127},propertyName:key2};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
if(!pattern78.test(key2)){
const err26 = {instancePath:instancePath+"/depends_on",schemaPath:"#/properties/depends_on/propertyNames/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9/-]+$"},propertyName:key2};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
var valid7 = _errs35 === errors;
if(!valid7){
const err27 = {instancePath:instancePath+"/depends_on",schemaPath:"#/properties/depends_on/propertyNames",keyword:"propertyNames",params:{propertyName: key2}};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
for(const key3 of Object.keys(data21)){
let data23 = data21[key3];
if(data23 && typeof data23 == "object" && !Array.isArray(data23)){
for(const key4 of Object.keys(data23)){
if(!((key4 === "condition") || (key4 === "timeout"))){
const err28 = {instancePath:instancePath+"/depends_on/" + key3.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/depends_on/additionalProperties/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key4}};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
}
if(data23.condition !== undefined && func0.call(data23, "condition")){
let data24 = data23.condition;
if(typeof data24 !== "string"){
const err29 = {instancePath:instancePath+"/depends_on/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/condition",schemaPath:"#/properties/depends_on/additionalProperties/properties/condition/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
if(!(((data24 === "process_started") || (data24 === "process_healthy")) || (data24 === "process_completed"))){
const err30 = {instancePath:instancePath+"/depends_on/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/condition",schemaPath:"#/properties/depends_on/additionalProperties/properties/condition/enum",keyword:"enum",params:{allowedValues: schema40.properties.depends_on.additionalProperties.properties.condition.enum}};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
}
if(data23.timeout !== undefined && func0.call(data23, "timeout")){
if(!(validate144(data23.timeout, {instancePath:instancePath+"/depends_on/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/timeout",parentData:data23,parentDataProperty:"timeout",rootData}))){
if(vErrors === null){vErrors = validate144.errors;}else{for(const e of validate144.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err31 = {instancePath:instancePath+"/depends_on/" + key3.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/depends_on/additionalProperties/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
}
}
if(data.on_change !== undefined && func0.call(data, "on_change")){
let data26 = data.on_change;
if(data26 && typeof data26 == "object" && !Array.isArray(data26)){
for(const key5 of Object.keys(data26)){
if(!((((key5 === "config") || (key5 === "files")) || (key5 === "secrets")) || (pattern0.test(key5)))){
const err32 = {instancePath:instancePath+"/on_change",schemaPath:"#/properties/on_change/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key5}};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
}
if(data26.config !== undefined && func0.call(data26, "config")){
if(!(validate153(data26.config, {instancePath:instancePath+"/on_change/config",parentData:data26,parentDataProperty:"config",rootData}))){
if(vErrors === null){vErrors = validate153.errors;}else{for(const e of validate153.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data26.files !== undefined && func0.call(data26, "files")){
if(!(validate153(data26.files, {instancePath:instancePath+"/on_change/files",parentData:data26,parentDataProperty:"files",rootData}))){
if(vErrors === null){vErrors = validate153.errors;}else{for(const e of validate153.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data26.secrets !== undefined && func0.call(data26, "secrets")){
if(!(validate153(data26.secrets, {instancePath:instancePath+"/on_change/secrets",parentData:data26,parentDataProperty:"secrets",rootData}))){
if(vErrors === null){vErrors = validate153.errors;}else{for(const e of validate153.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err33 = {instancePath:instancePath+"/on_change",schemaPath:"#/properties/on_change/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
}
if(data.hooks !== undefined && func0.call(data, "hooks")){
let data30 = data.hooks;
if(data30 && typeof data30 == "object" && !Array.isArray(data30)){
for(const key6 of Object.keys(data30)){
if(!((((((key6 === "pre_start") || (key6 === "post_start")) || (key6 === "pre_stop")) || (key6 === "post_stop")) || (key6 === "timeout")) || (pattern0.test(key6)))){
const err34 = {instancePath:instancePath+"/hooks",schemaPath:"#/properties/hooks/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key6}};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
}
if(data30.pre_start !== undefined && func0.call(data30, "pre_start")){
if(!(validate85(data30.pre_start, {instancePath:instancePath+"/hooks/pre_start",parentData:data30,parentDataProperty:"pre_start",rootData}))){
if(vErrors === null){vErrors = validate85.errors;}else{for(const e of validate85.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data30.post_start !== undefined && func0.call(data30, "post_start")){
if(!(validate85(data30.post_start, {instancePath:instancePath+"/hooks/post_start",parentData:data30,parentDataProperty:"post_start",rootData}))){
if(vErrors === null){vErrors = validate85.errors;}else{for(const e of validate85.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data30.pre_stop !== undefined && func0.call(data30, "pre_stop")){
if(!(validate85(data30.pre_stop, {instancePath:instancePath+"/hooks/pre_stop",parentData:data30,parentDataProperty:"pre_stop",rootData}))){
if(vErrors === null){vErrors = validate85.errors;}else{for(const e of validate85.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data30.post_stop !== undefined && func0.call(data30, "post_stop")){
if(!(validate85(data30.post_stop, {instancePath:instancePath+"/hooks/post_stop",parentData:data30,parentDataProperty:"post_stop",rootData}))){
if(vErrors === null){vErrors = validate85.errors;}else{for(const e of validate85.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data30.timeout !== undefined && func0.call(data30, "timeout")){
if(!(validate144(data30.timeout, {instancePath:instancePath+"/hooks/timeout",parentData:data30,parentDataProperty:"timeout",rootData}))){
if(vErrors === null){vErrors = validate144.errors;}else{for(const e of validate144.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err35 = {instancePath:instancePath+"/hooks",schemaPath:"#/properties/hooks/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
}
}
else {
const err36 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
validate130.errors = vErrors;
return errors === 0;
}

const schema47 = {"type":"string","enum":["repair","warn","ignore"]};

function validate168(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(typeof data !== "string"){
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(!(((data === "repair") || (data === "warn")) || (data === "ignore"))){
const err1 = {instancePath,schemaPath:"#/enum",keyword:"enum",params:{allowedValues: schema47.enum}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
validate168.errors = vErrors;
return errors === 0;
}

const schema48 = {"type":"string","maxLength":4200,"pattern":"^[^\\u0000-\\u001f\\u007f]+$","x-expects":"an address such as mounts[\"/tmp\"]"};

function validate170(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(typeof data === "string"){
if(data.length > 4200){
const err0 = {instancePath,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit: 4200}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(!pattern2.test(data)){
const err1 = {instancePath,schemaPath:"#/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000-\\u001f\\u007f]+$"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
else {
const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
validate170.errors = vErrors;
return errors === 0;
}


function validate26(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if((data.rootfs === undefined) || (!(func0.call(data, "rootfs")))){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "rootfs"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 of Object.keys(data)){
if(!((func0.call(schema9.properties, key0)) || (pattern0.test(key0)))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.description !== undefined && func0.call(data, "description")){
let data0 = data.description;
if(typeof data0 === "string"){
if(data0.length > 1000){
const err2 = {instancePath:instancePath+"/description",schemaPath:"#/properties/description/maxLength",keyword:"maxLength",params:{limit: 1000}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(!pattern5.test(data0)){
const err3 = {instancePath:instancePath+"/description",schemaPath:"#/properties/description/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
else {
const err4 = {instancePath:instancePath+"/description",schemaPath:"#/properties/description/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.labels !== undefined && func0.call(data, "labels")){
let data1 = data.labels;
if(data1 && typeof data1 == "object" && !Array.isArray(data1)){
for(const key1 of Object.keys(data1)){
const _errs6 = errors;
if(typeof key1 === "string"){
if(key1.length > 128){
const err5 = {instancePath:instancePath+"/labels",schemaPath:"#/properties/labels/propertyNames/maxLength",keyword:"maxLength",params:{limit: 128},propertyName:key1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(!pattern6.test(key1)){
const err6 = {instancePath:instancePath+"/labels",schemaPath:"#/properties/labels/propertyNames/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9][A-Za-z0-9._/-]*$"},propertyName:key1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
var valid1 = _errs6 === errors;
if(!valid1){
const err7 = {instancePath:instancePath+"/labels",schemaPath:"#/properties/labels/propertyNames",keyword:"propertyNames",params:{propertyName: key1}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
for(const key2 of Object.keys(data1)){
if(!(validate27(data1[key2], {instancePath:instancePath+"/labels/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data1,parentDataProperty:key2,rootData}))){
if(vErrors === null){vErrors = validate27.errors;}else{for(const e of validate27.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err8 = {instancePath:instancePath+"/labels",schemaPath:"#/properties/labels/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.extends !== undefined && func0.call(data, "extends")){
let data3 = data.extends;
if((typeof data3 !== "string") && (!(data3 && typeof data3 == "object" && !Array.isArray(data3)))){
const err9 = {instancePath:instancePath+"/extends",schemaPath:"#/properties/extends/type",keyword:"type",params:{type: schema9.properties.extends.type}};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(typeof data3 === "string"){
if(data3.length > 63){
const err10 = {instancePath:instancePath+"/extends",schemaPath:"#/properties/extends/maxLength",keyword:"maxLength",params:{limit: 63}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(!pattern1.test(data3)){
const err11 = {instancePath:instancePath+"/extends",schemaPath:"#/properties/extends/pattern",keyword:"pattern",params:{pattern: "^[a-z][a-z0-9-]*$"}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data3 && typeof data3 == "object" && !Array.isArray(data3)){
if((data3.environment === undefined) || (!(func0.call(data3, "environment")))){
const err12 = {instancePath:instancePath+"/extends",schemaPath:"#/properties/extends/required",keyword:"required",params:{missingProperty: "environment"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
for(const key3 of Object.keys(data3)){
if(!((key3 === "file") || (key3 === "environment"))){
const err13 = {instancePath:instancePath+"/extends",schemaPath:"#/properties/extends/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key3}};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
if(data3.file !== undefined && func0.call(data3, "file")){
if(!(validate24(data3.file, {instancePath:instancePath+"/extends/file",parentData:data3,parentDataProperty:"file",rootData}))){
if(vErrors === null){vErrors = validate24.errors;}else{for(const e of validate24.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data3.environment !== undefined && func0.call(data3, "environment")){
if(!(validate22(data3.environment, {instancePath:instancePath+"/extends/environment",parentData:data3,parentDataProperty:"environment",rootData}))){
if(vErrors === null){vErrors = validate22.errors;}else{for(const e of validate22.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
}
if(data.profiles !== undefined && func0.call(data, "profiles")){
let data6 = data.profiles;
if(Array.isArray(data6)){
if(data6.length > 64){
const err14 = {instancePath:instancePath+"/profiles",schemaPath:"#/properties/profiles/maxItems",keyword:"maxItems",params:{limit: 64}};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
const len0 = data6.length;
for(let i0=0; i0<len0; i0++){
let data7 = data6[i0];
if(typeof data7 === "string"){
if(data7.length > 63){
const err15 = {instancePath:instancePath+"/profiles/" + i0,schemaPath:"#/properties/profiles/items/maxLength",keyword:"maxLength",params:{limit: 63}};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
if(!pattern9.test(data7)){
const err16 = {instancePath:instancePath+"/profiles/" + i0,schemaPath:"#/properties/profiles/items/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]*$"}};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
else {
const err17 = {instancePath:instancePath+"/profiles/" + i0,schemaPath:"#/properties/profiles/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
}
else {
const err18 = {instancePath:instancePath+"/profiles",schemaPath:"#/properties/profiles/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
if(data.rootfs !== undefined && func0.call(data, "rootfs")){
if(!(validate31(data.rootfs, {instancePath:instancePath+"/rootfs",parentData:data,parentDataProperty:"rootfs",rootData}))){
if(vErrors === null){vErrors = validate31.errors;}else{for(const e of validate31.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.overlay !== undefined && func0.call(data, "overlay")){
let data9 = data.overlay;
if(typeof data9 !== "string"){
const err19 = {instancePath:instancePath+"/overlay",schemaPath:"#/properties/overlay/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
if(!(((data9 === "persistent") || (data9 === "ephemeral")) || (data9 === "none"))){
const err20 = {instancePath:instancePath+"/overlay",schemaPath:"#/properties/overlay/enum",keyword:"enum",params:{allowedValues: schema9.properties.overlay.enum}};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
if(data.read_only !== undefined && func0.call(data, "read_only")){
if(typeof data.read_only !== "boolean"){
const err21 = {instancePath:instancePath+"/read_only",schemaPath:"#/properties/read_only/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
if(data.namespaces !== undefined && func0.call(data, "namespaces")){
let data11 = data.namespaces;
if(!data11 || typeof data11 != "object"){
const err22 = {instancePath:instancePath+"/namespaces",schemaPath:"#/properties/namespaces/type",keyword:"type",params:{type: schema9.properties.namespaces.type}};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
if(Array.isArray(data11)){
if(data11.length > 16){
const err23 = {instancePath:instancePath+"/namespaces",schemaPath:"#/properties/namespaces/maxItems",keyword:"maxItems",params:{limit: 16}};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
const len1 = data11.length;
for(let i1=0; i1<len1; i1++){
let data12 = data11[i1];
if(typeof data12 !== "string"){
const err24 = {instancePath:instancePath+"/namespaces/" + i1,schemaPath:"#/properties/namespaces/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
if(!((((((((data12 === "mount") || (data12 === "uts")) || (data12 === "ipc")) || (data12 === "net")) || (data12 === "pid")) || (data12 === "user")) || (data12 === "cgroup")) || (data12 === "time"))){
const err25 = {instancePath:instancePath+"/namespaces/" + i1,schemaPath:"#/properties/namespaces/items/enum",keyword:"enum",params:{allowedValues: schema9.properties.namespaces.items.enum}};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
}
if(data11 && typeof data11 == "object" && !Array.isArray(data11)){
for(const key4 of Object.keys(data11)){
if(!((((((((key4 === "mount") || (key4 === "uts")) || (key4 === "ipc")) || (key4 === "net")) || (key4 === "pid")) || (key4 === "user")) || (key4 === "cgroup")) || (key4 === "time"))){
const err26 = {instancePath:instancePath+"/namespaces",schemaPath:"#/properties/namespaces/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key4}};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
if(data11.mount !== undefined && func0.call(data11, "mount")){
let data13 = data11.mount;
if(typeof data13 !== "string"){
const err27 = {instancePath:instancePath+"/namespaces/mount",schemaPath:"#/properties/namespaces/properties/mount/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
if(!(data13 === "private")){
const err28 = {instancePath:instancePath+"/namespaces/mount",schemaPath:"#/properties/namespaces/properties/mount/enum",keyword:"enum",params:{allowedValues: schema9.properties.namespaces.properties.mount.enum}};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
}
if(data11.uts !== undefined && func0.call(data11, "uts")){
if(!(validate46(data11.uts, {instancePath:instancePath+"/namespaces/uts",parentData:data11,parentDataProperty:"uts",rootData}))){
if(vErrors === null){vErrors = validate46.errors;}else{for(const e of validate46.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data11.ipc !== undefined && func0.call(data11, "ipc")){
if(!(validate46(data11.ipc, {instancePath:instancePath+"/namespaces/ipc",parentData:data11,parentDataProperty:"ipc",rootData}))){
if(vErrors === null){vErrors = validate46.errors;}else{for(const e of validate46.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data11.net !== undefined && func0.call(data11, "net")){
if(!(validate46(data11.net, {instancePath:instancePath+"/namespaces/net",parentData:data11,parentDataProperty:"net",rootData}))){
if(vErrors === null){vErrors = validate46.errors;}else{for(const e of validate46.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data11.pid !== undefined && func0.call(data11, "pid")){
let data17 = data11.pid;
if(typeof data17 === "string"){
if(data17.length > 4100){
const err29 = {instancePath:instancePath+"/namespaces/pid",schemaPath:"#/properties/namespaces/properties/pid/maxLength",keyword:"maxLength",params:{limit: 4100}};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
if(!pattern24.test(data17)){
const err30 = {instancePath:instancePath+"/namespaces/pid",schemaPath:"#/properties/namespaces/properties/pid/pattern",keyword:"pattern",params:{pattern: "^(private|host|join:[a-z][a-z0-9-]*)$"}};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
}
else {
const err31 = {instancePath:instancePath+"/namespaces/pid",schemaPath:"#/properties/namespaces/properties/pid/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
if(data11.user !== undefined && func0.call(data11, "user")){
let data18 = data11.user;
if(typeof data18 !== "string"){
const err32 = {instancePath:instancePath+"/namespaces/user",schemaPath:"#/properties/namespaces/properties/user/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
if(!((data18 === "private") || (data18 === "host"))){
const err33 = {instancePath:instancePath+"/namespaces/user",schemaPath:"#/properties/namespaces/properties/user/enum",keyword:"enum",params:{allowedValues: schema9.properties.namespaces.properties.user.enum}};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
}
if(data11.cgroup !== undefined && func0.call(data11, "cgroup")){
if(!(validate46(data11.cgroup, {instancePath:instancePath+"/namespaces/cgroup",parentData:data11,parentDataProperty:"cgroup",rootData}))){
if(vErrors === null){vErrors = validate46.errors;}else{for(const e of validate46.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data11.time !== undefined && func0.call(data11, "time")){
if(!(validate46(data11.time, {instancePath:instancePath+"/namespaces/time",parentData:data11,parentDataProperty:"time",rootData}))){
if(vErrors === null){vErrors = validate46.errors;}else{for(const e of validate46.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
}
if(data.time_offsets !== undefined && func0.call(data, "time_offsets")){
let data21 = data.time_offsets;
if(data21 && typeof data21 == "object" && !Array.isArray(data21)){
for(const key5 of Object.keys(data21)){
if(!(((key5 === "monotonic") || (key5 === "boottime")) || (pattern0.test(key5)))){
const err34 = {instancePath:instancePath+"/time_offsets",schemaPath:"#/properties/time_offsets/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key5}};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
}
if(data21.monotonic !== undefined && func0.call(data21, "monotonic")){
if(!(validate52(data21.monotonic, {instancePath:instancePath+"/time_offsets/monotonic",parentData:data21,parentDataProperty:"monotonic",rootData}))){
if(vErrors === null){vErrors = validate52.errors;}else{for(const e of validate52.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data21.boottime !== undefined && func0.call(data21, "boottime")){
if(!(validate52(data21.boottime, {instancePath:instancePath+"/time_offsets/boottime",parentData:data21,parentDataProperty:"boottime",rootData}))){
if(vErrors === null){vErrors = validate52.errors;}else{for(const e of validate52.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err35 = {instancePath:instancePath+"/time_offsets",schemaPath:"#/properties/time_offsets/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
}
if(data.users !== undefined && func0.call(data, "users")){
if(!(validate55(data.users, {instancePath:instancePath+"/users",parentData:data,parentDataProperty:"users",rootData}))){
if(vErrors === null){vErrors = validate55.errors;}else{for(const e of validate55.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.unsafe !== undefined && func0.call(data, "unsafe")){
let data25 = data.unsafe;
if(Array.isArray(data25)){
if(data25.length > 16){
const err36 = {instancePath:instancePath+"/unsafe",schemaPath:"#/properties/unsafe/maxItems",keyword:"maxItems",params:{limit: 16}};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
const len2 = data25.length;
for(let i2=0; i2<len2; i2++){
let data26 = data25[i2];
if(typeof data26 !== "string"){
const err37 = {instancePath:instancePath+"/unsafe/" + i2,schemaPath:"#/properties/unsafe/items/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
if(!((data26 === "host-user") || (data26 === "host-pid"))){
const err38 = {instancePath:instancePath+"/unsafe/" + i2,schemaPath:"#/properties/unsafe/items/enum",keyword:"enum",params:{allowedValues: schema9.properties.unsafe.items.enum}};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
}
}
else {
const err39 = {instancePath:instancePath+"/unsafe",schemaPath:"#/properties/unsafe/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
}
if(data.hostname !== undefined && func0.call(data, "hostname")){
if(!(validate64(data.hostname, {instancePath:instancePath+"/hostname",parentData:data,parentDataProperty:"hostname",rootData}))){
if(vErrors === null){vErrors = validate64.errors;}else{for(const e of validate64.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.domainname !== undefined && func0.call(data, "domainname")){
if(!(validate64(data.domainname, {instancePath:instancePath+"/domainname",parentData:data,parentDataProperty:"domainname",rootData}))){
if(vErrors === null){vErrors = validate64.errors;}else{for(const e of validate64.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.extra_hosts !== undefined && func0.call(data, "extra_hosts")){
let data29 = data.extra_hosts;
if(data29 && typeof data29 == "object" && !Array.isArray(data29)){
for(const key6 of Object.keys(data29)){
const _errs53 = errors;
if(typeof key6 === "string"){
if(key6.length > 253){
const err40 = {instancePath:instancePath+"/extra_hosts",schemaPath:"#/properties/extra_hosts/propertyNames/maxLength",keyword:"maxLength",params:{limit: 253},propertyName:key6};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
if(!pattern28.test(key6)){
const err41 = {instancePath:instancePath+"/extra_hosts",schemaPath:"#/properties/extra_hosts/propertyNames/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$"},propertyName:key6};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
}
var valid12 = _errs53 === errors;
if(!valid12){
const err42 = {instancePath:instancePath+"/extra_hosts",schemaPath:"#/properties/extra_hosts/propertyNames",keyword:"propertyNames",params:{propertyName: key6}};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
}
}
for(const key7 of Object.keys(data29)){
if(!(validate67(data29[key7], {instancePath:instancePath+"/extra_hosts/" + key7.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data29,parentDataProperty:key7,rootData}))){
if(vErrors === null){vErrors = validate67.errors;}else{for(const e of validate67.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err43 = {instancePath:instancePath+"/extra_hosts",schemaPath:"#/properties/extra_hosts/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
}
if(data.dns !== undefined && func0.call(data, "dns")){
let data31 = data.dns;
if((typeof data31 !== "string") && (!(Array.isArray(data31)))){
const err44 = {instancePath:instancePath+"/dns",schemaPath:"#/properties/dns/type",keyword:"type",params:{type: schema9.properties.dns.type}};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
const _errs58 = errors;
let valid14 = true;
const _errs59 = errors;
if(typeof data31 !== "string"){
const err45 = {};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
var _valid0 = _errs59 === errors;
errors = _errs58;
if(vErrors !== null){
if(_errs58){
vErrors.length = _errs58;
}
else {
vErrors = null;
}
}
if(_valid0){
const _errs61 = errors;
if(!((data31 === "host") || (data31 === "none"))){
const err46 = {instancePath:instancePath+"/dns",schemaPath:"#/properties/dns/then/enum",keyword:"enum",params:{allowedValues: schema9.properties.dns.then.enum}};
if(vErrors === null){
vErrors = [err46];
}
else {
vErrors.push(err46);
}
errors++;
}
var _valid0 = _errs61 === errors;
valid14 = _valid0;
}
if(!valid14){
const err47 = {instancePath:instancePath+"/dns",schemaPath:"#/properties/dns/if",keyword:"if",params:{failingKeyword: "then"}};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
if(Array.isArray(data31)){
if(data31.length > 3){
const err48 = {instancePath:instancePath+"/dns",schemaPath:"#/properties/dns/maxItems",keyword:"maxItems",params:{limit: 3}};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
if(data31.length < 1){
const err49 = {instancePath:instancePath+"/dns",schemaPath:"#/properties/dns/minItems",keyword:"minItems",params:{limit: 1}};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
const len3 = data31.length;
for(let i3=0; i3<len3; i3++){
if(!(validate68(data31[i3], {instancePath:instancePath+"/dns/" + i3,parentData:data31,parentDataProperty:i3,rootData}))){
if(vErrors === null){vErrors = validate68.errors;}else{for(const e of validate68.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
}
if(data.mounts !== undefined && func0.call(data, "mounts")){
let data33 = data.mounts;
if(data33 && typeof data33 == "object" && !Array.isArray(data33)){
for(const key8 of Object.keys(data33)){
if(!(validate72(data33[key8], {instancePath:instancePath+"/mounts/" + key8.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data33,parentDataProperty:key8,rootData}))){
if(vErrors === null){vErrors = validate72.errors;}else{for(const e of validate72.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err50 = {instancePath:instancePath+"/mounts",schemaPath:"#/properties/mounts/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err50];
}
else {
vErrors.push(err50);
}
errors++;
}
}
if(data.files !== undefined && func0.call(data, "files")){
let data35 = data.files;
if(data35 && typeof data35 == "object" && !Array.isArray(data35)){
for(const key9 of Object.keys(data35)){
if(!(validate78(data35[key9], {instancePath:instancePath+"/files/" + key9.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data35,parentDataProperty:key9,rootData}))){
if(vErrors === null){vErrors = validate78.errors;}else{for(const e of validate78.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err51 = {instancePath:instancePath+"/files",schemaPath:"#/properties/files/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err51];
}
else {
vErrors.push(err51);
}
errors++;
}
}
if(data.secrets !== undefined && func0.call(data, "secrets")){
let data37 = data.secrets;
if(data37 && typeof data37 == "object" && !Array.isArray(data37)){
for(const key10 of Object.keys(data37)){
const _errs73 = errors;
if(typeof key10 === "string"){
if(key10.length > 63){
const err52 = {instancePath:instancePath+"/secrets",schemaPath:"#/properties/secrets/propertyNames/maxLength",keyword:"maxLength",params:{limit: 63},propertyName:key10};
if(vErrors === null){
vErrors = [err52];
}
else {
vErrors.push(err52);
}
errors++;
}
if(!pattern9.test(key10)){
const err53 = {instancePath:instancePath+"/secrets",schemaPath:"#/properties/secrets/propertyNames/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]*$"},propertyName:key10};
if(vErrors === null){
vErrors = [err53];
}
else {
vErrors.push(err53);
}
errors++;
}
}
var valid19 = _errs73 === errors;
if(!valid19){
const err54 = {instancePath:instancePath+"/secrets",schemaPath:"#/properties/secrets/propertyNames",keyword:"propertyNames",params:{propertyName: key10}};
if(vErrors === null){
vErrors = [err54];
}
else {
vErrors.push(err54);
}
errors++;
}
}
for(const key11 of Object.keys(data37)){
if(!(validate83(data37[key11], {instancePath:instancePath+"/secrets/" + key11.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data37,parentDataProperty:key11,rootData}))){
if(vErrors === null){vErrors = validate83.errors;}else{for(const e of validate83.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err55 = {instancePath:instancePath+"/secrets",schemaPath:"#/properties/secrets/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err55];
}
else {
vErrors.push(err55);
}
errors++;
}
}
if(data.resources !== undefined && func0.call(data, "resources")){
let data39 = data.resources;
if(data39 && typeof data39 == "object" && !Array.isArray(data39)){
for(const key12 of Object.keys(data39)){
if(!((((key12 === "limits") || (key12 === "cpuset")) || (key12 === "cpuset_mems")) || (pattern0.test(key12)))){
const err56 = {instancePath:instancePath+"/resources",schemaPath:"#/properties/resources/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key12}};
if(vErrors === null){
vErrors = [err56];
}
else {
vErrors.push(err56);
}
errors++;
}
}
if(data39.limits !== undefined && func0.call(data39, "limits")){
if(!(validate92(data39.limits, {instancePath:instancePath+"/resources/limits",parentData:data39,parentDataProperty:"limits",rootData}))){
if(vErrors === null){vErrors = validate92.errors;}else{for(const e of validate92.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data39.cpuset !== undefined && func0.call(data39, "cpuset")){
let data41 = data39.cpuset;
if((typeof data41 !== "string") && (!(((typeof data41 == "number") && (!(data41 % 1) && !isNaN(data41))) && (isFinite(data41))))){
const err57 = {instancePath:instancePath+"/resources/cpuset",schemaPath:"#/properties/resources/properties/cpuset/type",keyword:"type",params:{type: schema9.properties.resources.properties.cpuset.type}};
if(vErrors === null){
vErrors = [err57];
}
else {
vErrors.push(err57);
}
errors++;
}
if((typeof data41 == "number") && (isFinite(data41))){
if(data41 > 65535 || isNaN(data41)){
const err58 = {instancePath:instancePath+"/resources/cpuset",schemaPath:"#/properties/resources/properties/cpuset/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535}};
if(vErrors === null){
vErrors = [err58];
}
else {
vErrors.push(err58);
}
errors++;
}
if(data41 < 0 || isNaN(data41)){
const err59 = {instancePath:instancePath+"/resources/cpuset",schemaPath:"#/properties/resources/properties/cpuset/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err59];
}
else {
vErrors.push(err59);
}
errors++;
}
}
if(typeof data41 === "string"){
if(data41.length > 1024){
const err60 = {instancePath:instancePath+"/resources/cpuset",schemaPath:"#/properties/resources/properties/cpuset/maxLength",keyword:"maxLength",params:{limit: 1024}};
if(vErrors === null){
vErrors = [err60];
}
else {
vErrors.push(err60);
}
errors++;
}
if(!pattern51.test(data41)){
const err61 = {instancePath:instancePath+"/resources/cpuset",schemaPath:"#/properties/resources/properties/cpuset/pattern",keyword:"pattern",params:{pattern: "^[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*$"}};
if(vErrors === null){
vErrors = [err61];
}
else {
vErrors.push(err61);
}
errors++;
}
}
}
if(data39.cpuset_mems !== undefined && func0.call(data39, "cpuset_mems")){
let data42 = data39.cpuset_mems;
if((typeof data42 !== "string") && (!(((typeof data42 == "number") && (!(data42 % 1) && !isNaN(data42))) && (isFinite(data42))))){
const err62 = {instancePath:instancePath+"/resources/cpuset_mems",schemaPath:"#/properties/resources/properties/cpuset_mems/type",keyword:"type",params:{type: schema9.properties.resources.properties.cpuset_mems.type}};
if(vErrors === null){
vErrors = [err62];
}
else {
vErrors.push(err62);
}
errors++;
}
if((typeof data42 == "number") && (isFinite(data42))){
if(data42 > 65535 || isNaN(data42)){
const err63 = {instancePath:instancePath+"/resources/cpuset_mems",schemaPath:"#/properties/resources/properties/cpuset_mems/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535}};
if(vErrors === null){
vErrors = [err63];
}
else {
vErrors.push(err63);
}
errors++;
}
if(data42 < 0 || isNaN(data42)){
const err64 = {instancePath:instancePath+"/resources/cpuset_mems",schemaPath:"#/properties/resources/properties/cpuset_mems/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}};
if(vErrors === null){
vErrors = [err64];
}
else {
vErrors.push(err64);
}
errors++;
}
}
if(typeof data42 === "string"){
if(data42.length > 1024){
const err65 = {instancePath:instancePath+"/resources/cpuset_mems",schemaPath:"#/properties/resources/properties/cpuset_mems/maxLength",keyword:"maxLength",params:{limit: 1024}};
if(vErrors === null){
vErrors = [err65];
}
else {
vErrors.push(err65);
}
errors++;
}
if(!pattern51.test(data42)){
const err66 = {instancePath:instancePath+"/resources/cpuset_mems",schemaPath:"#/properties/resources/properties/cpuset_mems/pattern",keyword:"pattern",params:{pattern: "^[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*$"}};
if(vErrors === null){
vErrors = [err66];
}
else {
vErrors.push(err66);
}
errors++;
}
}
}
}
else {
const err67 = {instancePath:instancePath+"/resources",schemaPath:"#/properties/resources/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err67];
}
else {
vErrors.push(err67);
}
errors++;
}
}
if(data.oom_score_adj !== undefined && func0.call(data, "oom_score_adj")){
let data43 = data.oom_score_adj;
if(!(((typeof data43 == "number") && (!(data43 % 1) && !isNaN(data43))) && (isFinite(data43)))){
const err68 = {instancePath:instancePath+"/oom_score_adj",schemaPath:"#/properties/oom_score_adj/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err68];
}
else {
vErrors.push(err68);
}
errors++;
}
if((typeof data43 == "number") && (isFinite(data43))){
if(data43 > 1000 || isNaN(data43)){
const err69 = {instancePath:instancePath+"/oom_score_adj",schemaPath:"#/properties/oom_score_adj/maximum",keyword:"maximum",params:{comparison: "<=", limit: 1000}};
if(vErrors === null){
vErrors = [err69];
}
else {
vErrors.push(err69);
}
errors++;
}
if(data43 < -1000 || isNaN(data43)){
const err70 = {instancePath:instancePath+"/oom_score_adj",schemaPath:"#/properties/oom_score_adj/minimum",keyword:"minimum",params:{comparison: ">=", limit: -1000}};
if(vErrors === null){
vErrors = [err70];
}
else {
vErrors.push(err70);
}
errors++;
}
}
}
if(data.logging !== undefined && func0.call(data, "logging")){
if(!(validate97(data.logging, {instancePath:instancePath+"/logging",parentData:data,parentDataProperty:"logging",rootData}))){
if(vErrors === null){vErrors = validate97.errors;}else{for(const e of validate97.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.ulimits !== undefined && func0.call(data, "ulimits")){
if(!(validate100(data.ulimits, {instancePath:instancePath+"/ulimits",parentData:data,parentDataProperty:"ulimits",rootData}))){
if(vErrors === null){vErrors = validate100.errors;}else{for(const e of validate100.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.security !== undefined && func0.call(data, "security")){
if(!(validate107(data.security, {instancePath:instancePath+"/security",parentData:data,parentDataProperty:"security",rootData}))){
if(vErrors === null){vErrors = validate107.errors;}else{for(const e of validate107.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.network !== undefined && func0.call(data, "network")){
let data47 = data.network;
if(data47 && typeof data47 == "object" && !Array.isArray(data47)){
for(const key13 of Object.keys(data47)){
if(!((func0.call(schema9.properties.network.properties, key13)) || (pattern0.test(key13)))){
const err71 = {instancePath:instancePath+"/network",schemaPath:"#/properties/network/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key13}};
if(vErrors === null){
vErrors = [err71];
}
else {
vErrors.push(err71);
}
errors++;
}
}
if(data47.mode !== undefined && func0.call(data47, "mode")){
let data48 = data47.mode;
if(typeof data48 !== "string"){
const err72 = {instancePath:instancePath+"/network/mode",schemaPath:"#/properties/network/properties/mode/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err72];
}
else {
vErrors.push(err72);
}
errors++;
}
if(!((((((((data48 === "none") || (data48 === "host")) || (data48 === "nat")) || (data48 === "bridge")) || (data48 === "macvlan")) || (data48 === "user")) || (data48 === "join")) || (data48 === "path"))){
const err73 = {instancePath:instancePath+"/network/mode",schemaPath:"#/properties/network/properties/mode/enum",keyword:"enum",params:{allowedValues: schema9.properties.network.properties.mode.enum}};
if(vErrors === null){
vErrors = [err73];
}
else {
vErrors.push(err73);
}
errors++;
}
}
if(data47.bridge !== undefined && func0.call(data47, "bridge")){
if(!(validate116(data47.bridge, {instancePath:instancePath+"/network/bridge",parentData:data47,parentDataProperty:"bridge",rootData}))){
if(vErrors === null){vErrors = validate116.errors;}else{for(const e of validate116.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data47.parent !== undefined && func0.call(data47, "parent")){
if(!(validate116(data47.parent, {instancePath:instancePath+"/network/parent",parentData:data47,parentDataProperty:"parent",rootData}))){
if(vErrors === null){vErrors = validate116.errors;}else{for(const e of validate116.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data47.join !== undefined && func0.call(data47, "join")){
if(!(validate22(data47.join, {instancePath:instancePath+"/network/join",parentData:data47,parentDataProperty:"join",rootData}))){
if(vErrors === null){vErrors = validate22.errors;}else{for(const e of validate22.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data47.path !== undefined && func0.call(data47, "path")){
if(!(validate24(data47.path, {instancePath:instancePath+"/network/path",parentData:data47,parentDataProperty:"path",rootData}))){
if(vErrors === null){vErrors = validate24.errors;}else{for(const e of validate24.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data47.ports !== undefined && func0.call(data47, "ports")){
let data53 = data47.ports;
if(data53 && typeof data53 == "object" && !Array.isArray(data53)){
for(const key14 of Object.keys(data53)){
const _errs100 = errors;
if(typeof key14 === "string"){
if(key14.length > 64){
const err74 = {instancePath:instancePath+"/network/ports",schemaPath:"#/properties/network/properties/ports/propertyNames/maxLength",keyword:"maxLength",params:{limit: 64},propertyName:key14};
if(vErrors === null){
vErrors = [err74];
}
else {
vErrors.push(err74);
}
errors++;
}
if(!pattern57.test(key14)){
const err75 = {instancePath:instancePath+"/network/ports",schemaPath:"#/properties/network/properties/ports/propertyNames/pattern",keyword:"pattern",params:{pattern: "^(([0-9.]+|\\[[0-9A-Fa-f:.]+\\]):)?[0-9]{1,5}(-[0-9]{1,5})?$"},propertyName:key14};
if(vErrors === null){
vErrors = [err75];
}
else {
vErrors.push(err75);
}
errors++;
}
}
var valid23 = _errs100 === errors;
if(!valid23){
const err76 = {instancePath:instancePath+"/network/ports",schemaPath:"#/properties/network/properties/ports/propertyNames",keyword:"propertyNames",params:{propertyName: key14}};
if(vErrors === null){
vErrors = [err76];
}
else {
vErrors.push(err76);
}
errors++;
}
}
for(const key15 of Object.keys(data53)){
let data54 = data53[key15];
if((!(((typeof data54 == "number") && (!(data54 % 1) && !isNaN(data54))) && (isFinite(data54)))) && (typeof data54 !== "string")){
const err77 = {instancePath:instancePath+"/network/ports/" + key15.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/network/properties/ports/additionalProperties/type",keyword:"type",params:{type: schema9.properties.network.properties.ports.additionalProperties.type}};
if(vErrors === null){
vErrors = [err77];
}
else {
vErrors.push(err77);
}
errors++;
}
if(typeof data54 === "string"){
if(data54.length > 16){
const err78 = {instancePath:instancePath+"/network/ports/" + key15.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/network/properties/ports/additionalProperties/maxLength",keyword:"maxLength",params:{limit: 16}};
if(vErrors === null){
vErrors = [err78];
}
else {
vErrors.push(err78);
}
errors++;
}
if(!pattern58.test(data54)){
const err79 = {instancePath:instancePath+"/network/ports/" + key15.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/network/properties/ports/additionalProperties/pattern",keyword:"pattern",params:{pattern: "^[0-9]{1,5}(-[0-9]{1,5})?(/(tcp|udp))?$"}};
if(vErrors === null){
vErrors = [err79];
}
else {
vErrors.push(err79);
}
errors++;
}
}
}
}
else {
const err80 = {instancePath:instancePath+"/network/ports",schemaPath:"#/properties/network/properties/ports/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err80];
}
else {
vErrors.push(err80);
}
errors++;
}
}
if(data47.address !== undefined && func0.call(data47, "address")){
let data55 = data47.address;
if(typeof data55 === "string"){
if(data55.length > 49){
const err81 = {instancePath:instancePath+"/network/address",schemaPath:"#/properties/network/properties/address/maxLength",keyword:"maxLength",params:{limit: 49}};
if(vErrors === null){
vErrors = [err81];
}
else {
vErrors.push(err81);
}
errors++;
}
if(!pattern59.test(data55)){
const err82 = {instancePath:instancePath+"/network/address",schemaPath:"#/properties/network/properties/address/pattern",keyword:"pattern",params:{pattern: "^([0-9.]+(/[0-9]{1,2})?|[0-9A-Fa-f:.]+/[0-9]{1,3})$"}};
if(vErrors === null){
vErrors = [err82];
}
else {
vErrors.push(err82);
}
errors++;
}
}
else {
const err83 = {instancePath:instancePath+"/network/address",schemaPath:"#/properties/network/properties/address/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err83];
}
else {
vErrors.push(err83);
}
errors++;
}
}
if(data47.mac_address !== undefined && func0.call(data47, "mac_address")){
let data56 = data47.mac_address;
if(typeof data56 === "string"){
if(data56.length > 17){
const err84 = {instancePath:instancePath+"/network/mac_address",schemaPath:"#/properties/network/properties/mac_address/maxLength",keyword:"maxLength",params:{limit: 17}};
if(vErrors === null){
vErrors = [err84];
}
else {
vErrors.push(err84);
}
errors++;
}
if(!pattern60.test(data56)){
const err85 = {instancePath:instancePath+"/network/mac_address",schemaPath:"#/properties/network/properties/mac_address/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$"}};
if(vErrors === null){
vErrors = [err85];
}
else {
vErrors.push(err85);
}
errors++;
}
}
else {
const err86 = {instancePath:instancePath+"/network/mac_address",schemaPath:"#/properties/network/properties/mac_address/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err86];
}
else {
vErrors.push(err86);
}
errors++;
}
}
if(data47.mtu !== undefined && func0.call(data47, "mtu")){
let data57 = data47.mtu;
if(!(((typeof data57 == "number") && (!(data57 % 1) && !isNaN(data57))) && (isFinite(data57)))){
const err87 = {instancePath:instancePath+"/network/mtu",schemaPath:"#/properties/network/properties/mtu/type",keyword:"type",params:{type: "integer"}};
if(vErrors === null){
vErrors = [err87];
}
else {
vErrors.push(err87);
}
errors++;
}
if((typeof data57 == "number") && (isFinite(data57))){
if(data57 > 65535 || isNaN(data57)){
const err88 = {instancePath:instancePath+"/network/mtu",schemaPath:"#/properties/network/properties/mtu/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535}};
if(vErrors === null){
vErrors = [err88];
}
else {
vErrors.push(err88);
}
errors++;
}
if(data57 < 1280 || isNaN(data57)){
const err89 = {instancePath:instancePath+"/network/mtu",schemaPath:"#/properties/network/properties/mtu/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1280}};
if(vErrors === null){
vErrors = [err89];
}
else {
vErrors.push(err89);
}
errors++;
}
}
}
if(data47.routes !== undefined && func0.call(data47, "routes")){
let data58 = data47.routes;
if(data58 && typeof data58 == "object" && !Array.isArray(data58)){
for(const key16 of Object.keys(data58)){
const _errs112 = errors;
if(typeof key16 === "string"){
if(key16.length > 49){
const err90 = {instancePath:instancePath+"/network/routes",schemaPath:"#/properties/network/properties/routes/propertyNames/maxLength",keyword:"maxLength",params:{limit: 49},propertyName:key16};
if(vErrors === null){
vErrors = [err90];
}
else {
vErrors.push(err90);
}
errors++;
}
if(!pattern61.test(key16)){
const err91 = {instancePath:instancePath+"/network/routes",schemaPath:"#/properties/network/properties/routes/propertyNames/pattern",keyword:"pattern",params:{pattern: "^(default|[0-9.]+/[0-9]{1,2}|[0-9A-Fa-f:.]+/[0-9]{1,3})$"},propertyName:key16};
if(vErrors === null){
vErrors = [err91];
}
else {
vErrors.push(err91);
}
errors++;
}
}
var valid25 = _errs112 === errors;
if(!valid25){
const err92 = {instancePath:instancePath+"/network/routes",schemaPath:"#/properties/network/properties/routes/propertyNames",keyword:"propertyNames",params:{propertyName: key16}};
if(vErrors === null){
vErrors = [err92];
}
else {
vErrors.push(err92);
}
errors++;
}
}
for(const key17 of Object.keys(data58)){
let data59 = data58[key17];
if(typeof data59 === "string"){
if(data59.length > 64){
const err93 = {instancePath:instancePath+"/network/routes/" + key17.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/network/properties/routes/additionalProperties/maxLength",keyword:"maxLength",params:{limit: 64}};
if(vErrors === null){
vErrors = [err93];
}
else {
vErrors.push(err93);
}
errors++;
}
if(!pattern62.test(data59)){
const err94 = {instancePath:instancePath+"/network/routes/" + key17.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/network/properties/routes/additionalProperties/pattern",keyword:"pattern",params:{pattern: "^([0-9A-Fa-f:.]+|[a-z0-9][a-z0-9_-]*)$"}};
if(vErrors === null){
vErrors = [err94];
}
else {
vErrors.push(err94);
}
errors++;
}
}
else {
const err95 = {instancePath:instancePath+"/network/routes/" + key17.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/network/properties/routes/additionalProperties/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err95];
}
else {
vErrors.push(err95);
}
errors++;
}
}
}
else {
const err96 = {instancePath:instancePath+"/network/routes",schemaPath:"#/properties/network/properties/routes/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err96];
}
else {
vErrors.push(err96);
}
errors++;
}
}
if(data47.egress !== undefined && func0.call(data47, "egress")){
let data60 = data47.egress;
if(data60 && typeof data60 == "object" && !Array.isArray(data60)){
for(const key18 of Object.keys(data60)){
if(!(((key18 === "allow") || (key18 === "deny")) || (pattern0.test(key18)))){
const err97 = {instancePath:instancePath+"/network/egress",schemaPath:"#/properties/network/properties/egress/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key18}};
if(vErrors === null){
vErrors = [err97];
}
else {
vErrors.push(err97);
}
errors++;
}
}
if(data60.allow !== undefined && func0.call(data60, "allow")){
if(!(validate121(data60.allow, {instancePath:instancePath+"/network/egress/allow",parentData:data60,parentDataProperty:"allow",rootData}))){
if(vErrors === null){vErrors = validate121.errors;}else{for(const e of validate121.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data60.deny !== undefined && func0.call(data60, "deny")){
if(!(validate121(data60.deny, {instancePath:instancePath+"/network/egress/deny",parentData:data60,parentDataProperty:"deny",rootData}))){
if(vErrors === null){vErrors = validate121.errors;}else{for(const e of validate121.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err98 = {instancePath:instancePath+"/network/egress",schemaPath:"#/properties/network/properties/egress/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err98];
}
else {
vErrors.push(err98);
}
errors++;
}
}
if(data47.ingress !== undefined && func0.call(data47, "ingress")){
let data63 = data47.ingress;
if(data63 && typeof data63 == "object" && !Array.isArray(data63)){
for(const key19 of Object.keys(data63)){
if(!(((key19 === "allow") || (key19 === "deny")) || (pattern0.test(key19)))){
const err99 = {instancePath:instancePath+"/network/ingress",schemaPath:"#/properties/network/properties/ingress/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key19}};
if(vErrors === null){
vErrors = [err99];
}
else {
vErrors.push(err99);
}
errors++;
}
}
if(data63.allow !== undefined && func0.call(data63, "allow")){
if(!(validate121(data63.allow, {instancePath:instancePath+"/network/ingress/allow",parentData:data63,parentDataProperty:"allow",rootData}))){
if(vErrors === null){vErrors = validate121.errors;}else{for(const e of validate121.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data63.deny !== undefined && func0.call(data63, "deny")){
if(!(validate121(data63.deny, {instancePath:instancePath+"/network/ingress/deny",parentData:data63,parentDataProperty:"deny",rootData}))){
if(vErrors === null){vErrors = validate121.errors;}else{for(const e of validate121.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err100 = {instancePath:instancePath+"/network/ingress",schemaPath:"#/properties/network/properties/ingress/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err100];
}
else {
vErrors.push(err100);
}
errors++;
}
}
}
else {
const err101 = {instancePath:instancePath+"/network",schemaPath:"#/properties/network/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err101];
}
else {
vErrors.push(err101);
}
errors++;
}
}
if(data.sysctls !== undefined && func0.call(data, "sysctls")){
let data66 = data.sysctls;
if(data66 && typeof data66 == "object" && !Array.isArray(data66)){
for(const key20 of Object.keys(data66)){
const _errs128 = errors;
if(typeof key20 === "string"){
if(key20.length > 255){
const err102 = {instancePath:instancePath+"/sysctls",schemaPath:"#/properties/sysctls/propertyNames/maxLength",keyword:"maxLength",params:{limit: 255},propertyName:key20};
if(vErrors === null){
vErrors = [err102];
}
else {
vErrors.push(err102);
}
errors++;
}
if(!pattern66.test(key20)){
const err103 = {instancePath:instancePath+"/sysctls",schemaPath:"#/properties/sysctls/propertyNames/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9_]+(\\.[A-Za-z0-9_-]+)+$"},propertyName:key20};
if(vErrors === null){
vErrors = [err103];
}
else {
vErrors.push(err103);
}
errors++;
}
}
var valid29 = _errs128 === errors;
if(!valid29){
const err104 = {instancePath:instancePath+"/sysctls",schemaPath:"#/properties/sysctls/propertyNames",keyword:"propertyNames",params:{propertyName: key20}};
if(vErrors === null){
vErrors = [err104];
}
else {
vErrors.push(err104);
}
errors++;
}
}
for(const key21 of Object.keys(data66)){
if(!(validate126(data66[key21], {instancePath:instancePath+"/sysctls/" + key21.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data66,parentDataProperty:key21,rootData}))){
if(vErrors === null){vErrors = validate126.errors;}else{for(const e of validate126.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err105 = {instancePath:instancePath+"/sysctls",schemaPath:"#/properties/sysctls/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err105];
}
else {
vErrors.push(err105);
}
errors++;
}
}
if(data.moved_from !== undefined && func0.call(data, "moved_from")){
if(!(validate22(data.moved_from, {instancePath:instancePath+"/moved_from",parentData:data,parentDataProperty:"moved_from",rootData}))){
if(vErrors === null){vErrors = validate22.errors;}else{for(const e of validate22.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.lifecycle !== undefined && func0.call(data, "lifecycle")){
let data69 = data.lifecycle;
if(data69 && typeof data69 == "object" && !Array.isArray(data69)){
for(const key22 of Object.keys(data69)){
if(!(((key22 === "prevent_destroy") || (key22 === "prevent_restart")) || (pattern0.test(key22)))){
const err106 = {instancePath:instancePath+"/lifecycle",schemaPath:"#/properties/lifecycle/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key22}};
if(vErrors === null){
vErrors = [err106];
}
else {
vErrors.push(err106);
}
errors++;
}
}
if(data69.prevent_destroy !== undefined && func0.call(data69, "prevent_destroy")){
if(typeof data69.prevent_destroy !== "boolean"){
const err107 = {instancePath:instancePath+"/lifecycle/prevent_destroy",schemaPath:"#/properties/lifecycle/properties/prevent_destroy/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err107];
}
else {
vErrors.push(err107);
}
errors++;
}
}
if(data69.prevent_restart !== undefined && func0.call(data69, "prevent_restart")){
if(typeof data69.prevent_restart !== "boolean"){
const err108 = {instancePath:instancePath+"/lifecycle/prevent_restart",schemaPath:"#/properties/lifecycle/properties/prevent_restart/type",keyword:"type",params:{type: "boolean"}};
if(vErrors === null){
vErrors = [err108];
}
else {
vErrors.push(err108);
}
errors++;
}
}
}
else {
const err109 = {instancePath:instancePath+"/lifecycle",schemaPath:"#/properties/lifecycle/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err109];
}
else {
vErrors.push(err109);
}
errors++;
}
}
if(data.command !== undefined && func0.call(data, "command")){
if(!(validate85(data.command, {instancePath:instancePath+"/command",parentData:data,parentDataProperty:"command",rootData}))){
if(vErrors === null){vErrors = validate85.errors;}else{for(const e of validate85.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.processes !== undefined && func0.call(data, "processes")){
let data73 = data.processes;
if(data73 && typeof data73 == "object" && !Array.isArray(data73)){
for(const key23 of Object.keys(data73)){
const _errs142 = errors;
if(typeof key23 === "string"){
if(key23.length > 63){
const err110 = {instancePath:instancePath+"/processes",schemaPath:"#/properties/processes/propertyNames/maxLength",keyword:"maxLength",params:{limit: 63},propertyName:key23};
if(vErrors === null){
vErrors = [err110];
}
else {
vErrors.push(err110);
}
errors++;
}
if(!pattern1.test(key23)){
const err111 = {instancePath:instancePath+"/processes",schemaPath:"#/properties/processes/propertyNames/pattern",keyword:"pattern",params:{pattern: "^[a-z][a-z0-9-]*$"},propertyName:key23};
if(vErrors === null){
vErrors = [err111];
}
else {
vErrors.push(err111);
}
errors++;
}
}
var valid32 = _errs142 === errors;
if(!valid32){
const err112 = {instancePath:instancePath+"/processes",schemaPath:"#/properties/processes/propertyNames",keyword:"propertyNames",params:{propertyName: key23}};
if(vErrors === null){
vErrors = [err112];
}
else {
vErrors.push(err112);
}
errors++;
}
}
for(const key24 of Object.keys(data73)){
if(!(validate130(data73[key24], {instancePath:instancePath+"/processes/" + key24.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data73,parentDataProperty:key24,rootData}))){
if(vErrors === null){vErrors = validate130.errors;}else{for(const e of validate130.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err113 = {instancePath:instancePath+"/processes",schemaPath:"#/properties/processes/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err113];
}
else {
vErrors.push(err113);
}
errors++;
}
}
if(data.env_file !== undefined && func0.call(data, "env_file")){
if(!(validate132(data.env_file, {instancePath:instancePath+"/env_file",parentData:data,parentDataProperty:"env_file",rootData}))){
if(vErrors === null){vErrors = validate132.errors;}else{for(const e of validate132.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.environment !== undefined && func0.call(data, "environment")){
if(!(validate135(data.environment, {instancePath:instancePath+"/environment",parentData:data,parentDataProperty:"environment",rootData}))){
if(vErrors === null){vErrors = validate135.errors;}else{for(const e of validate135.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.working_dir !== undefined && func0.call(data, "working_dir")){
if(!(validate24(data.working_dir, {instancePath:instancePath+"/working_dir",parentData:data,parentDataProperty:"working_dir",rootData}))){
if(vErrors === null){vErrors = validate24.errors;}else{for(const e of validate24.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.user !== undefined && func0.call(data, "user")){
if(!(validate139(data.user, {instancePath:instancePath+"/user",parentData:data,parentDataProperty:"user",rootData}))){
if(vErrors === null){vErrors = validate139.errors;}else{for(const e of validate139.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.drift !== undefined && func0.call(data, "drift")){
let data79 = data.drift;
if(data79 && typeof data79 == "object" && !Array.isArray(data79)){
for(const key25 of Object.keys(data79)){
if(!((((key25 === "policy") || (key25 === "ignore")) || (key25 === "policies")) || (pattern0.test(key25)))){
const err114 = {instancePath:instancePath+"/drift",schemaPath:"#/properties/drift/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key25}};
if(vErrors === null){
vErrors = [err114];
}
else {
vErrors.push(err114);
}
errors++;
}
}
if(data79.policy !== undefined && func0.call(data79, "policy")){
if(!(validate168(data79.policy, {instancePath:instancePath+"/drift/policy",parentData:data79,parentDataProperty:"policy",rootData}))){
if(vErrors === null){vErrors = validate168.errors;}else{for(const e of validate168.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data79.ignore !== undefined && func0.call(data79, "ignore")){
let data81 = data79.ignore;
if(Array.isArray(data81)){
if(data81.length > 256){
const err115 = {instancePath:instancePath+"/drift/ignore",schemaPath:"#/properties/drift/properties/ignore/maxItems",keyword:"maxItems",params:{limit: 256}};
if(vErrors === null){
vErrors = [err115];
}
else {
vErrors.push(err115);
}
errors++;
}
const len4 = data81.length;
for(let i4=0; i4<len4; i4++){
if(!(validate170(data81[i4], {instancePath:instancePath+"/drift/ignore/" + i4,parentData:data81,parentDataProperty:i4,rootData}))){
if(vErrors === null){vErrors = validate170.errors;}else{for(const e of validate170.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err116 = {instancePath:instancePath+"/drift/ignore",schemaPath:"#/properties/drift/properties/ignore/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err116];
}
else {
vErrors.push(err116);
}
errors++;
}
}
if(data79.policies !== undefined && func0.call(data79, "policies")){
let data83 = data79.policies;
if(data83 && typeof data83 == "object" && !Array.isArray(data83)){
for(const key26 of Object.keys(data83)){
const _errs158 = errors;
if(!(validate170(key26, {instancePath:instancePath+"/drift/policies",parentData:data83,parentDataProperty:"policies",rootData}))){
if(vErrors === null){vErrors = validate170.errors;}else{for(const e of validate170.errors){vErrors.push(e);}}
errors = vErrors.length;
}
var valid37 = _errs158 === errors;
if(!valid37){
const err117 = {instancePath:instancePath+"/drift/policies",schemaPath:"#/properties/drift/properties/policies/propertyNames",keyword:"propertyNames",params:{propertyName: key26}};
if(vErrors === null){
vErrors = [err117];
}
else {
vErrors.push(err117);
}
errors++;
}
}
for(const key27 of Object.keys(data83)){
if(!(validate168(data83[key27], {instancePath:instancePath+"/drift/policies/" + key27.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data83,parentDataProperty:key27,rootData}))){
if(vErrors === null){vErrors = validate168.errors;}else{for(const e of validate168.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err118 = {instancePath:instancePath+"/drift/policies",schemaPath:"#/properties/drift/properties/policies/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err118];
}
else {
vErrors.push(err118);
}
errors++;
}
}
}
else {
const err119 = {instancePath:instancePath+"/drift",schemaPath:"#/properties/drift/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err119];
}
else {
vErrors.push(err119);
}
errors++;
}
}
}
else {
const err120 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err120];
}
else {
vErrors.push(err120);
}
errors++;
}
validate26.errors = vErrors;
return errors === 0;
}


function validate21(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if((data.api_version === undefined) || (!(func0.call(data, "api_version")))){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "api_version"}};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if((data.name === undefined) || (!(func0.call(data, "name")))){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "name"}};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if((data.environments === undefined) || (!(func0.call(data, "environments")))){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "environments"}};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
for(const key0 of Object.keys(data)){
if(!(((((key0 === "api_version") || (key0 === "name")) || (key0 === "include")) || (key0 === "environments")) || (pattern0.test(key0)))){
const err3 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0}};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.api_version !== undefined && func0.call(data, "api_version")){
let data0 = data.api_version;
if(typeof data0 !== "string"){
const err4 = {instancePath:instancePath+"/api_version",schemaPath:"#/properties/api_version/type",keyword:"type",params:{type: "string"}};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(!(data0 === "cloister/v1")){
const err5 = {instancePath:instancePath+"/api_version",schemaPath:"#/properties/api_version/enum",keyword:"enum",params:{allowedValues: schema6.properties.api_version.enum}};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.name !== undefined && func0.call(data, "name")){
if(!(validate22(data.name, {instancePath:instancePath+"/name",parentData:data,parentDataProperty:"name",rootData}))){
if(vErrors === null){vErrors = validate22.errors;}else{for(const e of validate22.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
if(data.include !== undefined && func0.call(data, "include")){
let data2 = data.include;
if(Array.isArray(data2)){
if(data2.length > 64){
const err6 = {instancePath:instancePath+"/include",schemaPath:"#/properties/include/maxItems",keyword:"maxItems",params:{limit: 64}};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
const len0 = data2.length;
for(let i0=0; i0<len0; i0++){
if(!(validate24(data2[i0], {instancePath:instancePath+"/include/" + i0,parentData:data2,parentDataProperty:i0,rootData}))){
if(vErrors === null){vErrors = validate24.errors;}else{for(const e of validate24.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err7 = {instancePath:instancePath+"/include",schemaPath:"#/properties/include/type",keyword:"type",params:{type: "array"}};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data.environments !== undefined && func0.call(data, "environments")){
let data4 = data.environments;
if(data4 && typeof data4 == "object" && !Array.isArray(data4)){
for(const key1 of Object.keys(data4)){
const _errs10 = errors;
if(typeof key1 === "string"){
if(key1.length > 63){
const err8 = {instancePath:instancePath+"/environments",schemaPath:"#/properties/environments/propertyNames/maxLength",keyword:"maxLength",params:{limit: 63},propertyName:key1};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if(!pattern1.test(key1)){
const err9 = {instancePath:instancePath+"/environments",schemaPath:"#/properties/environments/propertyNames/pattern",keyword:"pattern",params:{pattern: "^[a-z][a-z0-9-]*$"},propertyName:key1};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
var valid3 = _errs10 === errors;
if(!valid3){
const err10 = {instancePath:instancePath+"/environments",schemaPath:"#/properties/environments/propertyNames",keyword:"propertyNames",params:{propertyName: key1}};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
for(const key2 of Object.keys(data4)){
if(!(validate26(data4[key2], {instancePath:instancePath+"/environments/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data4,parentDataProperty:key2,rootData}))){
if(vErrors === null){vErrors = validate26.errors;}else{for(const e of validate26.errors){vErrors.push(e);}}
errors = vErrors.length;
}
}
}
else {
const err11 = {instancePath:instancePath+"/environments",schemaPath:"#/properties/environments/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
else {
const err12 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
validate21.errors = vErrors;
return errors === 0;
}

export { schema6 as schema };
