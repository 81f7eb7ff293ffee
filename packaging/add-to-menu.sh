#!/bin/sh
# Adds Latent Loupe to your desktop's menu, or with --remove takes it out again. Run it anew if you move the folder.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
data=${XDG_DATA_HOME:-$HOME/.local/share}
entry=$data/applications/latent-loupe.desktop
icon=$data/icons/hicolor/scalable/apps/latent-loupe.svg
if [ "${1:-}" = --remove ]; then
    rm -f "$entry" "$icon"
    exit
fi
mkdir -p "$(dirname "$entry")" "$(dirname "$icon")"
cp "$here/latent-loupe.svg" "$icon"
while IFS= read -r line; do
    case $line in
        Exec=*) printf 'Exec="%s/latent-loupe" %%F\n' "$here" ;;
        *) printf '%s\n' "$line" ;;
    esac
done < "$here/latent-loupe.desktop" > "$entry"
echo "Latent Loupe is in the menu now."
