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

# The mirror that this machine installs its own Debian from, in whichever format its sources are written.
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' |
  awk -v release="$codename" '$2 == release && $3 == "main" && !found { found = $1 } END { print found }')
if [ -z "$mirror" ]; then
  echo "install.sh: no Debian mirror in /etc/apt; this script needs Debian's own package sources." >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/etc/preferences.d "$work"/etc/apt.conf.d "$work"/lists/partial "$work"/cache/archives/partial

# An empty dpkg status: libc counts as missing too, so the whole closure is fetched. Signatures are checked as ever.
: >"$work/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/etc/sources.list"
cat >"$work/apt.conf" <<CONF
Dir::Etc "$work/etc";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$work/lists";
Dir::State::Status "$work/status";
Dir::Cache "$work/cache";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
CONF
export APT_CONFIG=$work/apt.conf
apt-get -qq update
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
