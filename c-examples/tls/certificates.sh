#!/bin/sh
# Makes, in the current directory, a CA of our own and the certificates of a server and of a device, for a year; needs openssl.
# Usage: certificates.sh [name of the server, localhost unless given]
set -eu
name=${1:-localhost}

# The CA. Its key, ca.key, makes certificates: it stays where nobody gets at it, and goes to no server and no device.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=Our own CA" \
    -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout ca.key -out ca.pem

# certificate FILE SUBJECT EXTENSIONS: FILE.key stays with its owner, FILE.pem is shown to everybody.
certificate() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout "$1.key" -out "$1.csr"
    echo "$3" > "$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 -extfile "$1.ext" -out "$1.pem"
    rm "$1.csr" "$1.ext"
}

# The name that devices connect to must be among those of the server: DNS: for names, IP: for addresses.
certificate server "$name" "subjectAltName=DNS:$name,IP:127.0.0.1,IP:::1"
certificate client "device 1000" "extendedKeyUsage=clientAuth"
