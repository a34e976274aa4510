# shellcheck shell=bash
# Sourced by the root file system scripts of the Debian-based images.
#
# Packages are only unpacked: no package manager, no maintainer scripts and no "essential" set in
# the image. That makes it small, quick to build, and free of programs the application does not
# call; what a maintainer script would have done (links, accounts, configuration) is done by the
# image's own script.

# debian_unpack DIR PACKAGE...: the packages with what they depend on, in a new directory. Sources
# are Debian's own, or the file named by KUBERLOGIC_DEBIAN_SOURCES (sources.list).
debian_unpack() {
  local dir=$1 packages
  shift
  packages=$(printf '%s,' base-files base-passwd dash coreutils util-linux "$@")
  mmdebstrap --quiet --variant=extract --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
    --aptopt='Acquire::Retries "3"' --include="${packages%,}" \
    "${debian_options[@]}" bookworm "$dir" ${KUBERLOGIC_DEBIAN_SOURCES:+"$KUBERLOGIC_DEBIAN_SOURCES"}
  # base-passwd's accounts come from its maintainer script.
  cp "$dir/usr/share/base-passwd/passwd.master" "$dir/etc/passwd"
  cp "$dir/usr/share/base-passwd/group.master" "$dir/etc/group"
  # So does the link through which clients find a server's socket.
  [[ -L $dir/var/run ]] || { rmdir "$dir/var/run" && ln -s /run "$dir/var/run"; }
}

# Further arguments for mmdebstrap, set by a script that needs them.
debian_options=()

# debian_account DIR NAME ID HOME: an account nobody logs in to.
debian_account() {
  echo "$2:x:$3:$3::$4:/usr/sbin/nologin" >>"$1/etc/passwd"
  echo "$2:x:$3:" >>"$1/etc/group"
}

# debian_slim DIR: removes what no program reads at run time.
debian_slim() {
  local dir=${1:?}
  rm -rf "$dir"/usr/share/{doc,man,info,locale,lintian,bug,bash-completion,zsh,menu,perl5} \
    "$dir"/usr/share/{base-files,base-passwd,i18n,doc-base,apport,pixmaps,gcc,gdb,debconf} \
    "$dir"/usr/lib/{systemd,tmpfiles.d,sysusers.d,udev,x86_64-linux-gnu/perl*,locale} \
    "$dir"/var/{lib/dpkg,lib/apt,cache,log,backups} "$dir"/etc/{systemd,cron*,init.d,logrotate.d} \
    "$dir"/usr/{games,include,src}
  find "$dir/usr/lib" -name gconv -prune -exec rm -rf {} +
  rm -f "$dir"/etc/{hostname,resolv.conf,hosts}
  mkdir -p "$dir"/var/{cache,log} "$dir/usr/local/bin"
}
