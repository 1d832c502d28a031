//! Which addresses are called, and what an answer may do to the hub.

use super::*;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[test]
fn plain_http_stays_on_this_machine() {
    for good in [
        "https://witness.example",
        "https://witness.example:8443/w1",
        "https://[2001:db8::1]/w1/",
        "http://127.0.0.1:7080",
        "http://127.3.2.1/w",
        "http://[::1]:7080",
    ] {
        assert_eq!(check_witness_url(good), Ok(()), "{good}");
    }
    for bad in [
        "http://witness.example",
        "http://localhost:7080",
        "http://127.0.0.1.example",
        "http://192.0.2.1:7080",
        "http://0.0.0.0:7080",
        "https://name@witness.example",
        "https://witness.example/w?x=1",
        "https://witness.example/w#x",
        "ftp://witness.example",
        "witness.example",
        "/w1",
        "https://",
        "",
    ] {
        assert!(check_witness_url(bad).is_err(), "{bad}");
    }
    let (_, found) = place("https://[2001:db8::1]/w1/").unwrap();
    assert_eq!(found, Place::There("2001:db8::1".to_owned(), 443));
}

/// What becomes of a question to a server that answers with these bytes, again and again if `endless`.
async fn answered(bytes: &'static [u8], endless: bool) -> Result<Reply, String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 4096];
        let read = stream.read(&mut asked).await.unwrap();
        asked.truncate(read);
        // Whoever has enough breaks off.
        while stream.write_all(bytes).await.is_ok() && endless {}
        asked
    });
    let uri: Uri = format!("http://{address}/w/add-checkpoint")
        .parse()
        .unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let reply = exchange(stream, &uri, Some("old 0\n".to_owned()), 1_000).await;
    let asked = String::from_utf8(server.await.unwrap()).unwrap();
    assert!(
        asked.starts_with("POST /w/add-checkpoint HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(
        asked
            .to_lowercase()
            .contains(&format!("host: {address}\r\n")),
        "{asked}"
    );
    assert!(asked.ends_with("\r\n\r\nold 0\n"), "{asked}");
    reply
}

#[tokio::test]
async fn an_answer_is_read_whole_or_not_at_all() {
    let good = b"HTTP/1.1 409 Conflict\r\ncontent-length: 2\r\n\r\n9\n";
    let reply = answered(good, false).await.unwrap();
    assert_eq!(
        (reply.status, reply.body.as_slice()),
        (409, b"9\n".as_slice())
    );
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf";
    assert!(answered(cut, false).await.is_err());
    assert!(answered(b"", false).await.is_err());
    assert!(
        answered(b"\x16\x03\x01 not http\r\n\r\n", false)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn an_answer_without_end_is_broken_off() {
    let told = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\nxxxxxxxxxxxxxxxx";
    assert!(
        answered(told, true)
            .await
            .unwrap_err()
            .contains("longer than 1000 bytes")
    );
    let chunks = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n400\r\n";
    assert!(answered(chunks, true).await.is_err());
    let until_closed = b"HTTP/1.1 200 OK\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    assert!(
        answered(until_closed, true)
            .await
            .unwrap_err()
            .contains("longer than 1000 bytes")
    );
    let head =
        b"HTTP/1.1 200 OK\r\nx: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    assert!(answered(head, true).await.is_err());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let moved = b"HTTP/1.1 302 Found\r\nlocation: http://192.0.2.1/\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(answered(moved, false).await.unwrap().status, 302);
}

#[tokio::test]
async fn a_question_that_is_given_up_closes_its_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let uri: Uri = format!("http://{address}/").parse().unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut held, _) = listener.accept().await.unwrap();
    let asking = exchange(stream, &uri, None, 1_000);
    assert!(
        tokio::time::timeout(Duration::from_millis(50), asking)
            .await
            .is_err()
    );
    let mut rest = Vec::new();
    let closed = held.read_to_end(&mut rest);
    let closed = tokio::time::timeout(Duration::from_secs(20), closed).await;
    closed.expect("it stays open").unwrap();
    assert!(rest.starts_with(b"GET / HTTP/1.1\r\n"));
}
