#!/bin/sh
# Virtual environment with exactly pinned packages, and the system libraries Qt needs for a real window.
# Run by `make setup`, `make run` and `make test` when something of it changed; running it again is harmless.
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Gearshift needs Python 3.11 or newer as '$python'. Name another with: make PYTHON=python3.12 run" >&2
    exit 1
fi

# The libraries Qt's xcb platform loads, a font, and a virtual screen for the tests.
packages="libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-image0 libxcb-render-util0 libxcb-shape0
libxcb-randr0 libxcb-xkb1 libxkbcommon-x11-0 libegl1 libgl1 libdbus-1-3 libfontconfig1 fonts-dejavu-core xvfb xauth"
if command -v dpkg-query >/dev/null 2>&1; then
    missing=""
    for package in $packages; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
    done
    "$python" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
    if [ -n "$missing" ]; then
        sudo=""
        [ "$(id -u)" = 0 ] || sudo="sudo -n"
        if { [ -z "$sudo" ] || $sudo true 2>/dev/null; } && $sudo apt-get update -qq &&
            DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
            echo "Installed:$missing"
        else
            echo "Some system libraries are missing and could not be installed without asking. Please type:"
            echo "    sudo apt-get install -y$missing"
        fi
    fi
fi

[ -x .venv/bin/python ] || "$python" -m venv .venv
echo "Installing Python packages (torch is large; this happens once) ..."
.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[development]'
touch .venv/ready
