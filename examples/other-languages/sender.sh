#!/usr/bin/env bash
# An event from bash and dd, without anything of ours: sender.sh CONTEXT NAME. The format is told in upto/WIRE.md.
# You should see an event of about a tenth of a second: upto show CONTEXT
set -eu
LC_ALL=C

# A text of up to 65,535 bytes, in the escapes that printf writes as bytes.
text() { printf '\\xda\\x%02x\\x%02x%s' $((${#1} >> 8)) $((${#1} & 255)) "${1//\\/\\\\}"; }
# A map of three keys. Without a time, the server takes that of arrival.
message() {
    printf %b "\\x83$(text context)$(text "$1")$(text name)$(text "$2")$(text type)\\x0$3"
}

server=${UPTO_SERVER:-127.0.0.1} port=8123 # host, host:port, [::1]:port
if [[ $server =~ ^(.*):([0-9]+)$ ]]; then server=${BASH_REMATCH[1]} port=${BASH_REMATCH[2]}; fi
exec 3> "/dev/udp/${server//[\[\]]/}/$port"
# A datagram is what one write brings: the message goes through a buffer first. That nobody listens is no mistake.
tell() { message "$@" | dd bs=64k iflag=fullblock status=none >&3 2> /dev/null || true; }
tell "$1" "$2" 0
sleep 0.1 # the work
tell "$1" "$2" 1
