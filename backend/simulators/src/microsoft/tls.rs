//! The same server behind TLS: clients such as `@microsoft/microsoft-graph-client` send their token to https only.
//!
//! Every connection is decrypted and handed on to the plain port, so there is one server and one front door.

use std::{net::TcpListener, path::PathBuf, sync::Arc};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio_rustls::TlsAcceptor;

/// Where a certificate and its key are, both PEM.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The chain.
    pub chain: PathBuf,
    /// PKCS#8, PKCS#1 or SEC1.
    pub key: PathBuf,
}

/// Reads a certificate.
///
/// # Errors
/// What is wrong with the files, in a sentence.
pub(crate) fn acceptor(certificate: &Certificate) -> Result<TlsAcceptor, String> {
    let said = |problem: &dyn std::fmt::Display| problem.to_string();
    let chain = CertificateDer::pem_file_iter(&certificate.chain).map_err(|p| said(&p))?;
    let chain = chain.collect::<Result<Vec<_>, _>>().map_err(|p| said(&p))?;
    let key = PrivateKeyDer::from_pem_file(&certificate.key).map_err(|p| said(&p))?;
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|p| said(&p))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Hands connections on as long as the simulator runs.
pub(crate) async fn forward(listener: TcpListener, acceptor: TlsAcceptor, plain: u16) {
    let ready = listener
        .set_nonblocking(true)
        .and_then(|()| tokio::net::TcpListener::from_std(listener));
    let Ok(listener) = ready else { return };
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        actix_web::rt::spawn(async move {
            let inside = tokio::net::TcpStream::connect(("127.0.0.1", plain)).await;
            if let (Ok(mut outside), Ok(mut inside)) = (acceptor.accept(stream).await, inside) {
                let _ended = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
            }
        });
    }
}
