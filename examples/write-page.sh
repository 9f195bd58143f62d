#!/bin/sh
# Writes each request that nginx logs into the database, and how many there were onto the page. nginx-postgresql.yaml puts it into an environment.
PGPASSWORD=$(cat /run/secrets/password)
export PGPASSWORD
ask() { psql -h db -U blog -d postgres -qtAX -c "$1"; }
show() {
  ask "select 'visits: ' || count(*) from visits" >/var/www/html/new &&
    mv /var/www/html/new /var/www/html/index.html
}
ask "create table if not exists visits (at timestamptz default now())" || exit
show
tail -n 0 -F /var/log/nginx/access.log | while read -r _; do
  ask "insert into visits default values"
  show
done
