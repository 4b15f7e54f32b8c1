#!/usr/bin/env bash
# Puts LiteLLM's proxy, a Messages server that is not ours, into an environment of its own under build/litellm.
# Some 750 MB. Does nothing where this version is already there and starts.
set -euo pipefail

version=1.106.12
python=${PYTHON:-python3.11}
prefix=$(cd "$(dirname "$0")/../.." && pwd)/build/litellm
export LITELLM_LOCAL_MODEL_COST_MAP=True

if [ "$("$prefix/bin/python" -c 'from importlib.metadata import version; print(version("litellm"))' 2>/dev/null)" = "$version" ] &&
  "$prefix/bin/litellm" --help >/dev/null 2>&1; then
  exit 0
fi

rm -rf "$prefix"
"$python" -m venv "$prefix"
"$prefix/bin/pip" install --quiet --disable-pip-version-check "litellm[proxy]==$version"
"$prefix/bin/litellm" --help >/dev/null
echo "LiteLLM $version"
