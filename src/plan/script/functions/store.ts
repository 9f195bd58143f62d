/** Shell functions: roots in the store. */
export const store: Readonly<Record<string, string>> = {
  make_store: `make_store() {
  directory "\${1%/*}" 711
  directory "$1" 700
  for name in sha256 trees roots tmp logs debs decompressed locks; do
    directory "$1/$name" 700
    owned "$1/$name"
  done
}`,

  remove_build: `# Removes a build's directory once the commands that wrote into it are dead: each holds a lock on \`alive\` in it.
remove_build() {
  if [ -e "$1/alive" ]; then
    flock "$1/alive" rm -rf --one-file-system -- "$1"
  else
    rm -rf --one-file-system -- "$1"
  fi
}`,

  sweep_builds: `# What no process holds any more is what dead builds left.
sweep_builds() {
  for path in "$1"/tmp/*; do
    path=\${path%.lock}
    if [ ! -e "$path" ] && [ ! -e "$path.lock" ]; then continue; fi
    exec 4>>"$path.lock"
    if flock -n 4 && [ "$(stat -Lc %i /proc/self/fd/4)" = "$(stat -c %i -- "$path.lock" 2>/dev/null)" ]; then
      remove_build "$path"
      rm -f -- "$path.lock"
    fi
    exec 4>&-
  done
}`,

  stage: `# stage STORE KEY: STORE/tmp/KEY is this script's alone, locked on descriptor 5. Where another run had it and built this root meanwhile, \`done\` in it says so.
stage() {
  make_store "$1"
  sweep_builds "$1"
  waited=
  while :; do
    exec 5>>"$1/tmp/$2.lock"
    if ! flock -n 5; then
      waited=1
      flock 5
    fi
    if [ "$(stat -Lc %i /proc/self/fd/5)" = "$(stat -c %i -- "$1/tmp/$2.lock" 2>/dev/null)" ]; then break; fi
  done
  remove_build "$1/tmp/$2"
  rm -f -- "$1/logs/$2.log"
  mkdir -m 700 -- "$1/tmp/$2"
  if [ -n "$waited" ] && [ -n "$(digest_of "$1" "$2")" ]; then : >"$1/tmp/$2/done"; fi
}`,

  digest_of: `# The digest of a root that stands in the store, by its key; nothing where it does not.
digest_of() {
  found=$(sed -n 's/^{"schema":"cloister\\/root\\/v1","key":"[0-9a-f]*","digest":"\\([0-9a-f]*\\)".*$/\\1/p' "$1/roots/$2.json" 2>/dev/null) || return 0
  if [ -e "$1/sha256/$found" ] || [ -d "$1/trees/$found" ]; then echo "$found"; fi
}`,

  built: `# built CODE LOG TOLERATED...: what a long command ended with.
built() {
  code=$1 log=$2
  shift 2
  for one; do
    if [ "$code" = "$one" ]; then return 0; fi
  done
  if [ -n "$log" ]; then tail -n 20 -- "$log" | shown >&2; fi
  fail "ended with $code\${log:+, its output is in $log}"
}`,

  keep_lock: `# keep_lock STORE DIRECTORY ENTRY IMAGE MKFS TREE: what came of a lock is compared with it, and its packages and entry are kept.
keep_lock() {
  if [ -n "$4" ] && [ "$(cat -- "$2/mkfs" 2>/dev/null)" = "$5" ]; then
    found=$(sha256sum <"$2/image")
    if [ "\${found%% *}" != "$4" ]; then fail "the image is not what the lock says: sha256 \${found%% *}, locked $4"; fi
  else
    read -r found rest <"$2/tree-digest"
    : "$rest"
    if [ "$found" != "$6" ]; then fail "the tree is not what the lock says: sha256 $found, locked $6"; fi
  fi
  keep_packages "$1" "$2"
  mv -f -- "$2/entry" "$1/locks/$3.json"
  sync -- "$1/locks"
}`,

  keep_packages: `keep_packages() {
  for path in "$2"/debs/*; do
    if [ ! -e "$path" ]; then continue; fi
    chmod 444 -- "$path"
    sync -- "$path"
    mv -f -- "$path" "$1/debs/"
  done
  sync -- "$1/debs"
}`,

  keep_archive: `# keep_archive STORE DIRECTORY KEY: the packages of a layer and their stanzas, by which they are installed in an environment that runs.
keep_archive() {
  keep_packages "$1" "$2"
  directory "$1/packages" 700
  cp -- "$2/Packages" "$1/packages/$3"
  sync -- "$1/packages/$3"
}`,

  image: `# image STORE KEY FORMAT BUILDER HEAD TAIL [ENTRY IMAGE MKFS TREE]: what stands finished in the build directory becomes part of the store, and $digest and $root tell which. HEAD and TAIL
# are JSON of its index entry, around what only the build knows; the rest is what its lock says of it.
image() {
  from=$1/tmp/$2
  digest=
  if [ -e "$from/done" ]; then digest=$(digest_of "$1" "$2"); fi
  if [ -z "$digest" ]; then
    if [ $# -gt 6 ]; then keep_lock "$1" "$from" "$7" "$8" "$9" "\${10}"; fi
    if [ "$4" = packages ]; then keep_archive "$1" "$from" "$2"; fi
    keep "$1" "$from" "$3"
    version=$(dpkg-query -W -f '"\${Version}"' "$4" 2>/dev/null) || version=null
    packages=$(cat -- "$from/packages" 2>/dev/null) || packages=null
    date=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
    printf '{"schema":"cloister/root/v1","key":"%s","digest":"%s",%s"bytes":%s,%s%s"version":%s},"date":"%s","packages":%s}\\n' \\
      "$2" "$digest" "$5" "$bytes" "$(lowers "$from")" "$6" "$version" "$date" "$packages" >"$from/index.json"
    sync -- "$from/index.json"
    mv -f -- "$from/index.json" "$1/roots/$2.json"
    sync -- "$1/roots"
  fi
  root=$1/sha256/$digest
  if [ ! -e "$root" ]; then root=$1/trees/$digest; fi
  chain=$(chain_of "$1/roots/$2.json" "$digest")
  remove_build "$from"
  rm -f -- "$from.lock"
  exec 5>&-
}`,

  lowers: `# lowers DIRECTORY: the part of an index entry that says what a layer was built over; nothing for a whole root.
lowers() {
  if [ ! -e "$1/lowers" ]; then return; fi
  separator=
  printf '"lowers":['
  while read -r lower; do
    case $lower in
    */trees/*) format=tree bytes=0 ;;
    *) format=erofs bytes=$(stat -c %s -- "$lower") ;;
    esac
    printf '%s{"digest":"%s","format":"%s","bytes":%s}' "$separator" "\${lower##*/}" "$format" "$bytes"
    separator=,
  done <"$1/lowers"
  printf '],'
}`,

  chain_of: `# chain_of INDEX DIGEST: what an upper over this root and what it lies on is known by.
chain_of() {
  names=$({ sed -n 's/.*"lowers":\\[\\([^]]*\\)\\].*/\\1/p' "$1" | grep -o '"digest":"[0-9a-f]*"' | cut -c 11-26; printf '%.16s\\n' "$2"; } |
    awk '{ name[NR] = $0; last[$0] = NR } END { for (i = 1; i <= NR; i++) if (last[name[i]] == i) { printf "%s%s", before, name[i]; before = " " } }')
  case $names in
  *' '*) printf %s "$names" | sha256sum | cut -c 1-16 ;;
  *) printf '%s\\n' "$names" ;;
  esac
}`,

  keep: `keep() {
  if [ "$3" = erofs ]; then
    chmod 400 -- "$2/image"
    sync -- "$2/image"
    digest=$(sha256sum <"$2/image")
    digest=\${digest%% *}
    bytes=$(stat -c %s -- "$2/image")
    mv -f -- "$2/image" "$1/sha256/$digest"
    sync -- "$1/sha256"
  else
    read -r digest rest <"$2/digest"
    : "$rest"
    read -r bytes <"$2/bytes"
    # One of the same digest is the same: whoever made it first may have it mounted.
    if [ ! -e "$1/trees/$digest" ]; then mv -- "$2/tree" "$1/trees/$digest"; fi
    sync -- "$1/trees"
  fi
}`,
};
