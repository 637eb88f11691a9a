#!/bin/sh
# Says in plain words what this machine lacks to build Berth. Silent when nothing does.
# With --own-cluster, Go is not needed: the local control plane is not built.
set -eu

own_cluster=false
for argument in "$@"; do
    case "$argument" in
        --own-cluster) own_cluster=true ;;
        *)
            echo "doctor.sh: unknown argument '$argument'; the only one is --own-cluster" >&2
            exit 2
            ;;
    esac
done

missing=0
lacks() {
    echo "$1" >&2
    missing=1
}

toolchain=$(sed -n 's/^channel = "\(.*\)"/\1/p' "${0%/*}/../rust-toolchain.toml")

if ! command -v cargo >/dev/null 2>&1; then
    lacks "Rust is missing: install it with rustup (https://rustup.rs); it picks version $toolchain for this folder by itself."
elif ! rustc --version >/dev/null 2>&1; then
    lacks "Rust is installed but version $toolchain is not usable: run 'rustup toolchain install $toolchain --component clippy,rustfmt'."
elif ! rustc --version | awk -v want="$toolchain" '{
        split($2, have, /[.-]/); split(want, need, ".")
        exit !(have[1] > need[1] || (have[1] == need[1] && have[2] >= need[2]))
    }'; then
    lacks "Rust is too old ($(rustc --version)): version $toolchain or newer is needed; rustup (https://rustup.rs) picks it for this folder by itself."
fi

if ! command -v cc >/dev/null 2>&1 && ! command -v gcc >/dev/null 2>&1 && ! command -v clang >/dev/null 2>&1; then
    lacks "A C compiler is missing: install gcc or clang (Debian, Ubuntu: 'apt-get install build-essential'; Fedora: 'dnf install gcc'; macOS: 'xcode-select --install')."
fi

if [ "$own_cluster" = false ]; then
    if ! command -v go >/dev/null 2>&1; then
        lacks "Go is missing: install version 1.21 or newer (https://go.dev/dl); the local control plane is built with it. With a cluster of your own you do not need it: make demo KUBECONFIG=path."
    elif ! go version | awk '{
            sub(/^go/, "", $3); split($3, have, /[.a-z]+/)
            exit !(have[1] > 1 || have[2] >= 21)
        }'; then
        lacks "Go is too old ($(go version)): install version 1.21 or newer (https://go.dev/dl); it fetches the version the local control plane needs by itself."
    fi
fi

exit "$missing"
