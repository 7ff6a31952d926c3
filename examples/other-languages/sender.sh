#!/usr/bin/env bash
# An event from bash without any program: sender.sh CONTEXT NAME. The format is told in upto/WIRE.md.
set -eu
LC_ALL=C

# A text of up to 65,535 bytes, in the escapes that printf writes as bytes.
text() { printf '\\xda\\x%02x\\x%02x%s' $((${#1} >> 8)) $((${#1} & 255)) "${1//\\/\\\\}"; }
# A map of three keys. Without a time, the server takes that of arrival.
message() {
    printf %b "\\x83$(text context)$(text "$1")$(text name)$(text "$2")$(text type)\\x0$3"
}

exec 3> "/dev/udp/${UPTO_HOSTNAME:-127.0.0.1}/${UPTO_PORT:-8123}"
# A datagram is what one write brings: the message goes through a buffer first.
message "$1" "$2" 0 | dd bs=64k iflag=fullblock status=none >&3
sleep 0.1 # the work
message "$1" "$2" 1 | dd bs=64k iflag=fullblock status=none >&3
