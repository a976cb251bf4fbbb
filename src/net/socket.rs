//! Opening sockets: TCP over either version of IP, and streams in the file system.

use super::{Domain, Failure, SocketKind, SocketOptions};
use crate::base::Code;
use mio::event::Source;
use mio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use mio::{Interest, Registry, Token};
use socket2::{Protocol, SockAddr, SockRef, Socket, Type};
use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A connected or connecting stream.
pub(super) enum Channel {
    Tcp(TcpStream),
    Local(UnixStream),
}

/// A listening socket.
pub(super) enum Acceptor {
    Tcp(TcpListener),
    /// With the path, which is removed when it closes.
    Local(UnixListener, PathBuf),
}

/// Where one attempt to connect goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An IP address.
    Inet(SocketAddr),
    /// A path.
    Local(PathBuf),
}

/// What is not built in is refused before anything is opened.
pub(super) fn supported(options: &SocketOptions) -> Result<(), Failure> {
    super::check_compression(options.compression)?;
    let refused = if options.domain == Domain::Sdp {
        "SDP sockets are not supported: use the INET or LOCAL domain"
    } else if options.kind != SocketKind::Stream {
        "datagram and multicast sockets are not supported: use MCO_SOCK_STREAM"
    } else {
        return Ok(());
    };
    Err(Failure::new(Code::E_NW_NOTSUPP, refused))
}

impl Channel {
    /// Begins to connect; done when the socket becomes writable and [`Channel::outcome`] says so.
    pub(super) fn connect(target: &Target, options: &SocketOptions) -> Result<Channel, Failure> {
        match target {
            Target::Local(path) => UnixStream::connect(path)
                .map(Channel::Local)
                .map_err(|e| Failure::io(Code::E_NW_CONNECT, &format!("connecting to {}", path.display()), &e)),
            Target::Inet(address) => {
                let open = |what: &str, e: &io::Error| Failure::io(Code::E_NW_SOCKET, &format!("{what} for {address}"), e);
                let domain = if address.is_ipv6() { socket2::Domain::IPV6 } else { socket2::Domain::IPV4 };
                let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP)).map_err(|e| open("opening a socket", &e))?;
                prepare(&socket, options).map_err(|e| open("setting socket options", &e))?;
                match socket.connect(&SockAddr::from(*address)) {
                    Ok(()) => {}
                    Err(e) if e.raw_os_error() == Some(libc::EINPROGRESS) => {}
                    Err(e) => return Err(Failure::io(Code::E_NW_CONNECT, &format!("connecting to {address}"), &e)),
                }
                Ok(Channel::Tcp(TcpStream::from_std(socket.into())))
            }
        }
    }

    /// Whether connecting has succeeded (with the peer's address), is still going on, or has failed.
    pub(super) fn outcome(&self) -> io::Result<Option<Option<SocketAddr>>> {
        match self {
            Channel::Local(stream) => stream.take_error().and_then(|e| e.map_or(Ok(Some(None)), Err)),
            Channel::Tcp(stream) => {
                if let Some(error) = stream.take_error()? {
                    return Err(error);
                }
                match stream.peer_addr() {
                    // Without a listener the system may connect a local port to itself.
                    Ok(peer) if stream.local_addr().is_ok_and(|own| own == peer) => {
                        Err(io::Error::from_raw_os_error(libc::ECONNREFUSED))
                    }
                    Ok(peer) => Ok(Some(Some(peer))),
                    Err(e) if e.raw_os_error() == Some(libc::ENOTCONN) => Ok(None),
                    Err(e) => Err(e),
                }
            }
        }
    }

    pub(super) fn shut_writing(&self) {
        // A peer that is already gone needs no notice.
        let _ = match self {
            Channel::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Channel::Local(stream) => stream.shutdown(Shutdown::Write),
        };
    }

    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        self.source().register(registry, token, Interest::READABLE | Interest::WRITABLE)
    }

    pub(super) fn deregister(&mut self, registry: &Registry) {
        // Closing the descriptor deregisters it in any case.
        let _ = self.source().deregister(registry);
    }

    fn source(&mut self) -> &mut dyn Source {
        match self {
            Channel::Tcp(stream) => stream,
            Channel::Local(stream) => stream,
        }
    }
}

impl Read for Channel {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self {
            Channel::Tcp(stream) => stream.read(to),
            Channel::Local(stream) => stream.read(to),
        }
    }
}

impl Write for Channel {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        match self {
            Channel::Tcp(stream) => stream.write(from),
            Channel::Local(stream) => stream.write(from),
        }
    }

    fn write_vectored(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Channel::Tcp(stream) => stream.write_vectored(from),
            Channel::Local(stream) => stream.write_vectored(from),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Acceptor {
    /// Binds an IP address and listens.
    pub(super) fn bind(address: SocketAddr, options: &SocketOptions, backlog: i32) -> Result<Acceptor, Failure> {
        let failed = |code, what: &str, e: &io::Error| Failure::io(code, &format!("{what} {address}"), e);
        let domain = if address.is_ipv6() { socket2::Domain::IPV6 } else { socket2::Domain::IPV4 };
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))
            .map_err(|e| failed(Code::E_NW_SOCKET, "opening a socket to listen at", &e))?;
        let options_set = || {
            prepare(&socket, options)?;
            socket.set_reuse_address(options.reuse_address)?;
            if address.is_ipv6() {
                socket.set_only_v6(options.domain == Domain::InetV6 || !address.ip().is_unspecified())?;
            }
            Ok(())
        };
        options_set().map_err(|e: io::Error| failed(Code::E_NW_SOCKOPT, "setting socket options to listen at", &e))?;
        socket.bind(&SockAddr::from(address)).map_err(|e| failed(Code::E_NW_BIND, "binding", &e))?;
        let backlog = if backlog > 0 { backlog } else { BACKLOG_MAX };
        socket.listen(backlog).map_err(|e| failed(Code::E_NW_BIND, "listening at", &e))?;
        Ok(Acceptor::Tcp(TcpListener::from_std(socket.into())))
    }

    /// Binds a path and listens. A file left by a process that died is replaced.
    pub(super) fn bind_local(path: &Path) -> Result<Acceptor, Failure> {
        let failed = |e: &io::Error| Failure::io(Code::E_NW_BIND, &format!("listening at {}", path.display()), e);
        let listener = match UnixListener::bind(path) {
            Err(e) if e.kind() == io::ErrorKind::AddrInUse && abandoned(path) => {
                std::fs::remove_file(path).map_err(|e| failed(&e))?;
                UnixListener::bind(path)
            }
            other => other,
        };
        Ok(Acceptor::Local(listener.map_err(|e| failed(&e))?, path.to_owned()))
    }

    /// The next waiting connection, with its address.
    pub(super) fn accept(&self, options: &SocketOptions) -> io::Result<(Channel, Option<SocketAddr>)> {
        match self {
            Acceptor::Local(listener, _) => listener.accept().map(|(stream, _)| (Channel::Local(stream), None)),
            Acceptor::Tcp(listener) => {
                let (stream, peer) = listener.accept()?;
                let socket = SockRef::from(&stream);
                // The connection works without these too.
                let _ = socket.set_tcp_nodelay(options.no_delay);
                let _ = socket.set_keepalive(options.keep_alive);
                Ok((Channel::Tcp(stream), Some(peer)))
            }
        }
    }

    pub(super) fn port(&self) -> Option<u16> {
        match self {
            Acceptor::Tcp(listener) => listener.local_addr().ok().map(|a| a.port()),
            Acceptor::Local(..) => None,
        }
    }

    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        match self {
            Acceptor::Tcp(listener) => listener.register(registry, token, Interest::READABLE),
            Acceptor::Local(listener, _) => listener.register(registry, token, Interest::READABLE),
        }
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        if let Acceptor::Local(_, path) = self {
            // Nobody can connect there any more; a file that stays is replaced by the next listener.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// The kernel cuts it to its own maximum.
const BACKLOG_MAX: i32 = 65535;

fn prepare(socket: &Socket, options: &SocketOptions) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(options.no_delay)?;
    socket.set_keepalive(options.keep_alive)?;
    if let Some(seconds) = options.linger {
        socket.set_linger(Some(Duration::from_secs(u64::from(seconds))))?;
    }
    if options.send_buffer > 0 {
        socket.set_send_buffer_size(options.send_buffer)?;
    }
    if options.recv_buffer > 0 {
        socket.set_recv_buffer_size(options.recv_buffer)?;
    }
    Ok(())
}

fn abandoned(path: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(path).is_err_and(|e| e.kind() == io::ErrorKind::ConnectionRefused)
}
