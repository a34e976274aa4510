#!/bin/sh
# Succeeds when the server answers a query. Takes and ignores the options of the public image's
# script of the same name (--connect, --innodb_initialized), so that a template fits both.
exec mariadb --no-auto-rehash --connect-timeout=2 --batch --skip-column-names -e 'SELECT 1' >/dev/null
