# shellcheck shell=bash
# Read by bin/setup, bin/test and bin/demo: decides which Ruby and which cargo they work with, so that a version manager,
# another project's bundle or a personal setting cannot.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The oldest versions that do.
minimum_ruby=3.1
minimum_cargo=1.95

# Started by cron or in a container there may be no HOME; cargo and bundler want one.
if [ -z "${HOME:-}" ]; then
  HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
  export HOME
fi

# Settings of whatever shell this was called from.
unset RUBYOPT RUBYLIB GEM_HOME GEM_PATH "${!BUNDLE_@}" "${!BUNDLER_@}"
export BUNDLE_IGNORE_CONFIG=1
export LC_ALL=C.UTF-8 # always there, and sources and mails are more than ASCII

# not_older 3.1.2 3.1: whether the first version is the second or newer
not_older() {
  [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

# Debian's own Ruby first: the gems it needs come as Debian packages, and only that Ruby sees them.
find_ruby() {
  local candidate version
  for candidate in /usr/bin/ruby $(type -ap ruby); do
    version=$("$candidate" --disable-gems -e 'print RUBY_VERSION' 2>/dev/null) || continue
    not_older "$version" "$minimum_ruby" && echo "$candidate" && return
  done
  return 1
}

# Debian's own cargo may be far too old, and rustup's may not be on the PATH.
find_cargo() {
  local candidate version
  for candidate in $(type -ap cargo) "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" /usr/local/cargo/bin/cargo; do
    version=$("$candidate" --version 2>/dev/null) || continue
    version=${version#cargo }
    not_older "${version%%[ -]*}" "$minimum_cargo" && echo "$candidate" && return
  done
  return 1
}

# use DIRECTORY: what lies there goes before everything else of the same name
use() {
  PATH="$1:$PATH"
}

ruby=$(find_ruby) && use "$(dirname "$ruby")"
cargo=$(find_cargo) && use "$(dirname "$cargo")"
export PATH
