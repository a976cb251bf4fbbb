#!/bin/sh
# Makes the certificates of the tests anew, in this directory; needs openssl. They are valid until 2100, and worth nothing
# outside of the tests: their private keys are public.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# authority NAME SUBJECT: a CA that signs itself; its key is thrown away at the end.
authority() {
    mkdir "$work/$1.d"
    : > "$work/$1.d/index.txt"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -out "$1.pem" -subj "/CN=$2" \
        -days 27000 -addext keyUsage=critical,keyCertSign,cRLSign
}

# certificate NAME AUTHORITY SUBJECT EXTENSIONS [START END]: NAME.pem and NAME.key, signed by AUTHORITY.
certificate() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -out "$work/$1.csr" -subj "/CN=$3"
    cat > "$work/ca.cnf" <<CONFIG
[ca]
default_ca = here
[here]
database = $work/$2.d/index.txt
new_certs_dir = $work/$2.d
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
[leaf]
$4
CONFIG
    openssl ca -batch -notext -config "$work/ca.cnf" -extensions leaf -cert "$(find_pem "$2")" -keyfile "$work/$2.key" \
        -startdate "${5:-20200101000000Z}" -enddate "${6:-20991231235959Z}" -in "$work/$1.csr" -out "$work/$1.pem"
}

find_pem() { if [ -e "$1.pem" ]; then echo "$1.pem"; else echo "$work/$1.pem"; fi; }
keep() { for name; do cp "$work/$name.pem" "$work/$name.key" .; done; }

here="subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1"
authority ca "Test authority"
authority other_ca "Another authority"
# What is often made in its place: a certificate that signs itself, and says that it is a CA.
authority itself itself
cp "$work/itself.key" .
certificate server ca server "$here
extendedKeyUsage = serverAuth"
certificate client ca client "extendedKeyUsage = clientAuth"
certificate router ca router "$here
extendedKeyUsage = serverAuth, clientAuth"
certificate elsewhere ca elsewhere "subjectAltName = DNS:elsewhere.example"
certificate expired ca expired "$here" 20010101000000Z 20020101000000Z
certificate early ca early "$here" 20990101000000Z 20991231235959Z
certificate stranger other_ca stranger "$here"
certificate middle ca "Test authority, branch" "basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign"
mkdir "$work/middle.d"
: > "$work/middle.d/index.txt"
certificate deep middle deep "$here"
cat "$work/middle.pem" >> "$work/deep.pem"
keep server client router elsewhere expired early stranger deep
