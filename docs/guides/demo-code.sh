#!/bin/sh
# Prints the current code of the demo staff account's second factor (TOTP, RFC 6238). Needs openssl. The secret is
# published, so `user seed` stores it only where demo accounts are asked for.
set -eu
step=$(printf %016x $(($(date +%s) / 30)))
message() { for at in 1-2 3-4 5-6 7-8 9-10 11-12 13-14 15-16; do
    printf "\\$(printf %o "0x$(echo "$step" | cut -c$at)")"; done; }
mac=$(message | openssl dgst -sha1 -hmac mercantile-demo-only | sed 's/.* //')
from=$((2 * 0x$(echo "$mac" | cut -c40) + 1))
printf '%06d\n' $((0x$(echo "$mac" | cut -c$from-$((from + 7))) % 0x80000000 % 1000000))
