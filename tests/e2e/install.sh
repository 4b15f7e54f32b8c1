#!/usr/bin/env bash
# Puts the editors that tests/e2e drives under build/editors: programs of a newer Debian in a prefix of their own,
# with their own libc. The machine's packages stay as they are; only its package mirror and apt are used.
# Run as root on Debian 12. Does nothing where the editors are already there and start.
set -euo pipefail

suite=trixie
packages=(neovim patchelf)
prefix=$(cd "$(dirname "$0")/../.." && pwd)/build/editors

if "$prefix/usr/bin/nvim" --version >/dev/null 2>&1; then
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/etc/preferences.d "$work"/etc/apt.conf.d "$work"/lists/partial "$work"/cache/archives/partial

# An empty dpkg status: libc counts as missing too, so the whole closure is fetched. Signatures are checked as ever.
: >"$work/status"
cat >"$work/apt.conf" <<CONF
Dir::Etc "$work/etc";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$work/lists";
Dir::State::Status "$work/status";
Dir::Cache "$work/cache";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "3";
CONF

# Where this machine's own suite comes from; of these, the one that has the newer suite with Debian's signature.
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirrors=$(apt-get --print-uris update | sed -n "s#^'\(.*\)/dists/$codename/InRelease' .*#\1#p")
export APT_CONFIG=$work/apt.conf
found=
for mirror in $mirrors; do
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/etc/sources.list"
  if apt-get -qq update; then
    found=yes
    break
  fi
done
if [ -z "$found" ]; then
  echo "install.sh: none of this machine's package sources has Debian's $suite." >&2
  exit 1
fi
apt-get -qq -y --download-only install "${packages[@]}"
unset APT_CONFIG

rm -rf "$prefix"
mkdir -p "$prefix"
for archive in "$work"/cache/archives/*.deb; do
  dpkg-deb -x "$archive" "$prefix"
  basename "$archive"
done >"$prefix/packages.txt"

# The programs start with the prefix's loader and libraries; what they start in turn uses the machine's.
loader=$(echo "$prefix"/usr/lib64/ld-linux-*.so.*)
libraries=$(dirname "$(find "$prefix/usr/lib" -name libc.so.6 | head -n 1)")
nvim=$(realpath "$prefix/usr/bin/nvim")
"$loader" --library-path "$libraries" "$prefix/usr/bin/patchelf" \
  --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$nvim"
"$prefix/usr/bin/nvim" --version | head -n 1
