//! TLS to PostgreSQL: always verified, whatever the server.
//!
//! The server of the tests speaks no TLS, so a stand-in with a certificate does, and passes
//! everything on to it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use citizenry_persistence::{Location, OpenError, open};
use citizenry_testkit::{TestDatabase, block_on};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream, UnixStream},
};
use tokio_postgres::config::Host;
use tokio_rustls::TlsAcceptor;

/// What a client sends first when it wants TLS: the length of the message, then its number.
const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

struct StandIn {
    port: u16,
    /// A folder with the certificate, `root.pem`.
    folder: TempDir,
    handshakes: Arc<AtomicUsize>,
    behind: tokio_postgres::Config,
}

impl StandIn {
    /// A server with a certificate for `localhost`, before the one of `database`.
    async fn before(database: &TestDatabase) -> Self {
        let Location::Postgres { url, .. } = database.location() else { panic!("not PostgreSQL") };
        let behind: tokio_postgres::Config = url.expose_secret().parse().unwrap();
        let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("root.pem"), certified.cert.pem()).unwrap();
        let certificate = CertificateDer::from(certified.cert.der().to_vec());
        let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let handshakes = Arc::new(AtomicUsize::new(0));
        let stand_in = Self { port, folder, handshakes, behind };
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(serve(
            listener,
            acceptor,
            stand_in.behind.clone(),
            Arc::clone(&stand_in.handshakes),
        ));
        stand_in
    }

    fn location(&self, host: &str, options: &str) -> Location {
        let user = self.behind.get_user().unwrap();
        let password = self.behind.get_password().map(String::from_utf8_lossy).unwrap_or_default();
        let (port, database) = (self.port, self.behind.get_dbname().unwrap());
        let url = format!("postgres://{user}:{password}@{host}:{port}/{database}?{options}");
        Location::Postgres { url: url.into(), pool_size: 2 }
    }

    fn root(&self) -> String {
        self.folder.path().join("root.pem").display().to_string()
    }
}

async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    behind: tokio_postgres::Config,
    handshakes: Arc<AtomicUsize>,
) {
    while let Ok((mut client, _)) = listener.accept().await {
        let (acceptor, behind, handshakes) =
            (acceptor.clone(), behind.clone(), Arc::clone(&handshakes));
        tokio::spawn(async move {
            let mut first = [0; 8];
            client.read_exact(&mut first).await.unwrap();
            if first != TLS_REQUEST {
                // Hangs up on whoever would speak in the clear.
                return;
            }
            client.write_all(b"S").await.unwrap();
            // A client that does not trust the certificate ends the handshake.
            let Ok(mut client) = acceptor.accept(client).await else { return };
            handshakes.fetch_add(1, Ordering::SeqCst);
            let mut server = connect(&behind).await;
            // Ends when either side does.
            let _ended = copy_bidirectional(&mut client, &mut server).await;
        });
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

async fn connect(behind: &tokio_postgres::Config) -> Box<dyn Stream> {
    let port = behind.get_ports().first().copied().unwrap_or(5432);
    match &behind.get_hosts()[0] {
        Host::Tcp(host) => Box::new(TcpStream::connect((host.as_str(), port)).await.unwrap()),
        Host::Unix(folder) => {
            let socket = folder.join(format!(".s.PGSQL.{port}"));
            Box::new(UnixStream::connect(socket).await.unwrap())
        }
    }
}

fn refused(result: Result<citizenry_persistence::Database, OpenError>) -> String {
    match result {
        Err(OpenError::Unreachable(source)) => source.to_string(),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_trusted_certificate_is_accepted_and_used() {
    block_on(async {
        let database = TestDatabase::postgres().await;
        let server = StandIn::before(&database).await;
        for mode in ["require", "verify-ca", "verify-full"] {
            let options = format!("sslmode={mode}&sslrootcert={}", server.root());
            let before = AtomicUsize::load(&server.handshakes, Ordering::SeqCst);
            let open = open(&server.location("localhost", &options)).await.unwrap();
            let drawn = open.storage().transact(async move |tx| tx.numbers().next().await).await;
            assert!(drawn.is_ok(), "{drawn:?}");
            assert!(AtomicUsize::load(&server.handshakes, Ordering::SeqCst) > before, "{mode}");
        }
    });
}

#[test]
fn a_certificate_that_is_not_trusted_is_refused() {
    block_on(async {
        let database = TestDatabase::postgres().await;
        let server = StandIn::before(&database).await;
        let other = StandIn::before(&database).await;
        let options = format!("sslmode=require&sslrootcert={}", other.root());
        let reason = refused(open(&server.location("localhost", &options)).await);
        assert!(reason.contains("invalid peer certificate"), "{reason}");
        let options = format!("sslmode=require&sslrootcert={}", server.root());
        let reason = refused(open(&server.location("127.0.0.1", &options)).await);
        assert!(reason.contains("not valid for name"), "{reason}");
        assert_eq!(AtomicUsize::load(&server.handshakes, Ordering::SeqCst), 0);
    });
}

#[test]
fn a_server_without_tls_is_refused_when_tls_is_asked_for() {
    block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut first = [0; 8];
                client.read_exact(&mut first).await.unwrap();
                client.write_all(b"N").await.unwrap();
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let root = folder.path().join("root.pem");
        std::fs::write(&root, certified.cert.pem()).unwrap();
        let url = format!(
            "postgres://somebody:hunter2@127.0.0.1:{port}/d?sslmode=require&sslrootcert={}",
            root.display()
        );
        let location = Location::Postgres { url: url.into(), pool_size: 1 };
        let reason = refused(open(&location).await);
        assert!(reason.contains("does not support TLS"), "{reason}");
        assert!(!reason.contains("hunter2"));
    });
}

#[test]
fn an_unknown_mode_or_a_missing_root_is_told() {
    block_on(async {
        let database = TestDatabase::postgres().await;
        let server = StandIn::before(&database).await;
        let unknown = open(&server.location("localhost", "sslmode=perhaps")).await;
        assert!(matches!(unknown, Err(OpenError::Url)), "{unknown:?}");
        let options = "sslmode=require&sslrootcert=/nowhere/root.pem";
        let missing = open(&server.location("localhost", options)).await;
        assert!(matches!(missing, Err(OpenError::Tls(_))), "{missing:?}");
    });
}
