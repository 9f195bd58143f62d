#!/bin/sh
# PostgreSQL as its own user, in a directory that is made the first time. nginx-postgresql.yaml puts it into an environment.
set -e
data=/var/lib/postgresql/data
PATH=/usr/lib/postgresql/15/bin:$PATH
as() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
if [ ! -s "$data/PG_VERSION" ]; then
  install -d -o postgres -g postgres -m 700 "$data"
  as initdb -D "$data" --username=blog --pwfile=/run/secrets/password --auth=scram-sha-256 --no-instructions
  echo "host all blog samenet scram-sha-256" >>"$data/pg_hba.conf"
fi
exec setpriv --reuid=postgres --regid=postgres --init-groups postgres -D "$data" -c "listen_addresses=*" -c unix_socket_directories=/tmp
