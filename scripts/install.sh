#!/bin/sh
# Installs what `make build` has made. Called by `make install`, which sets PREFIX, LIBDIR, DESTDIR, VERSION and BUILT.
set -eu

: "${PREFIX:?}" "${LIBDIR:?}" "${VERSION:?}" "${BUILT:?}"
major=${VERSION%%.*}
root=${DESTDIR:-}$PREFIX
lib=$root/$LIBDIR

install -d "$root/bin" "$root/include" "$lib/pkgconfig"
install -m 644 include/*.h "$root/include/"
install -m 755 "$BUILT/mcocomp" "$root/bin/mcocomp"
install -m 644 "$BUILT/libmcoiot.a" "$lib/libmcoiot.a"
install -m 755 "$BUILT/libmcoiot.so" "$lib/libmcoiot.so.$VERSION"
ln -sf "libmcoiot.so.$VERSION" "$lib/libmcoiot.so.$major"
ln -sf "libmcoiot.so.$major" "$lib/libmcoiot.so"
sed -e "s|@PREFIX@|$PREFIX|; s|@LIBDIR@|$LIBDIR|; s|@VERSION@|$VERSION|" mcoiot.pc.in > "$lib/pkgconfig/mcoiot.pc"
chmod 644 "$lib/pkgconfig/mcoiot.pc"

# The names an existing link line has. Each is a linker script that pulls in the one library.
for name in mcoiotcomm mcoiotrepl mcorest mcorestdb mcoews mcouda mcoseri mcolib mcoseq mcoseqmath mconet; do
    for ending in so a; do
        printf '/* %s is part of libmcoiot. */\nINPUT(-lmcoiot)\n' "$name" > "$lib/lib$name.$ending"
        chmod 644 "$lib/lib$name.$ending"
    done
done
echo "installed into $root"
