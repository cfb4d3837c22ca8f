use super::*;

#[tokio::test]
async fn a_request_says_who_asks_and_what_is_preferred() {
    let server = Server::scripted(vec![ok()]).await;
    let bench = Bench::new(&server.url);
    let url = bench.client.url(&["mailFolders", "inbox", "messages"]);
    let prefer = ["odata.maxpagesize=500"];
    let answer: Value = bench.client.get("GET messages", url, &prefer, &bench.witness).await.expect("an answer");
    assert_eq!(answer, json!({"value": []}));
    bench.post().await.expect("an answer");
    let [get, post] = &server.heard()[..] else { panic!("two requests") };
    assert!(get.head.starts_with("GET /v1.0/users/a@example.com/mailFolders/inbox/messages HTTP/1.1\r\n"));
    assert_eq!(get.header("prefer"), Some(r#"IdType="ImmutableId", odata.maxpagesize=500"#));
    assert_eq!(post.header("prefer"), Some(r#"IdType="ImmutableId""#));
    for request in [get, post] {
        assert_eq!(request.header("authorization"), Some("Bearer hunter2"));
        assert_eq!(request.header("accept"), Some("application/json"));
    }
    assert_eq!(get.header("content-type"), None);
    assert_eq!(post.header("content-type"), Some("application/json"));
    assert_eq!(post.body, br#"{"a":1}"#);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::scripted(vec![ok()]).await;
    let location = format!("Location: {}\r\n", elsewhere.url);
    let server = Server::scripted(vec![Answer::new(302, &location, "")]).await;
    assert_eq!(answered(Bench::new(&server.url).get().await), (302, "Found".to_owned()));
    assert!(elsewhere.heard().is_empty());
}

#[tokio::test]
async fn a_token_that_is_not_taken_any_more_is_renewed_once() {
    let refused = Answer::new(401, "", r#"{"error":{"code":"InvalidAuthenticationToken","message":"expired"}}"#);
    let server =
        Server::answering(
            move |_, heard| {
                if heard.header("authorization") == Some("Bearer fresh") { ok() } else { refused.clone() }
            },
        )
        .await;
    let bench = Bench::new(&server.url);
    let error = bench.get().await.expect_err("the same token again");
    assert!(error.is_refused_login(), "{error:?}");
    assert_eq!(error.to_string(), "GET messages was answered 401: InvalidAuthenticationToken: expired");
    assert_eq!(server.heard().len(), 2);
    fs::write(&bench.token.0, "fresh").expect("written");
    bench.get().await.expect("an answer");
}

#[tokio::test]
async fn a_token_is_renewed_after_the_first_refusal() {
    let token = Arc::new(std::sync::OnceLock::<PathBuf>::new());
    let path = Arc::clone(&token);
    let server = Server::answering(move |_, heard| {
        if heard.header("authorization") == Some("Bearer fresh") {
            return ok();
        }
        fs::write(path.get().expect("a path"), "fresh").expect("written");
        Answer::new(401, "", "")
    })
    .await;
    let bench = Bench::new(&server.url);
    token.set(bench.token.0.clone()).expect("set once");
    bench.get().await.expect("an answer");
    assert_eq!(server.heard().len(), 2);
}

#[tokio::test]
async fn an_error_tells_the_servers_words_in_one_line() {
    let long = format!(r#"{{"error":{{"code":"C","message":"{}"}}}}"#, "x".repeat(1_000));
    for (body, expected) in [
        (r#"{"error":{"code":"ErrorItemNotFound","message":"Not\r\nfound.\u0000"}}"#, "ErrorItemNotFound: Not found."),
        (r#"{"error":{"code":"","message":"Alone"}}"#, "Alone"),
        (r#"{"error":{"code":"Alone","message":null}}"#, "Alone"),
        (r#"{"error":"invalid_request"}"#, "invalid_request"),
        (r#"{"error":{"code":"C","message":"you sent \"hunter\u0032\""}}"#, "C: you sent \"[REDACTED]\""),
        ("\u{feff}{\"error\":{\"code\":\"C\",\"message\":\"m\"}}", "C: m"),
        ("<html>\n <b>hunter2</b> </html>", "<html> <b>[REDACTED]</b> </html>"),
        ("{\"error\":{\"co", "{\"error\":{\"co"),
        ("", "Not Found"),
        (&long, &format!("C: {}", "x".repeat(297))),
    ] {
        let server = Server::scripted(vec![Answer::new(404, "", body)]).await;
        assert_eq!(answered(Bench::new(&server.url).get().await), (404, expected.to_owned()));
    }
    let bytes = [vec![b'x'; 1 << 20], b"\xff\xfe".to_vec()].concat();
    let server = Server::scripted(vec![Answer::new(400, "", bytes), ok()]).await;
    let bench = Bench::new(&server.url);
    assert_eq!(answered(bench.get().await), (400, "x".repeat(300)));
    bench.get().await.expect("an answer");
}

#[tokio::test]
async fn an_error_that_breaks_off_counts_for_its_status() {
    let cut = Answer::Cut(b"HTTP/1.1 410 Gone\r\nContent-Length: 100\r\n\r\nhalf".to_vec());
    let server = Server::scripted(vec![cut]).await;
    assert_eq!(answered(Bench::new(&server.url).get().await), (410, "half".to_owned()));
    assert_eq!(server.heard().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_server_has_a_question_asked_once_more() {
    let failed = || Answer::new(500, "", r#"{"error":{"code":"generalException","message":"m"}}"#);
    let server = Server::scripted(vec![failed(), ok()]).await;
    Bench::new(&server.url).get().await.expect("an answer");
    let server = Server::scripted(vec![failed()]).await;
    let bench = Bench::new(&server.url);
    let ((), outcome) = tokio::join!(
        async { assert_eq!(answered(bench.get().await), (500, "generalException: m".to_owned())) },
        bench.post()
    );
    assert_eq!(answered(outcome).0, 500);
    assert_eq!(server.heard().iter().filter(|heard| heard.head.starts_with("GET")).count(), 2);
    assert_eq!(server.heard().iter().filter(|heard| heard.head.starts_with("POST")).count(), 1);
    let server = Server::scripted(vec![Answer::new(501, "", "")]).await;
    assert_eq!(answered(Bench::new(&server.url).get().await), (501, "Not Implemented".to_owned()));
    assert_eq!(server.heard().len(), 1);
}

#[tokio::test]
async fn a_question_without_an_answer_is_asked_once_more_and_an_order_is_not() {
    let cut = || Answer::Cut(b"HTTP/1.1 200 OK\r\nContent-Le".to_vec());
    let server = Server::scripted(vec![cut(), ok()]).await;
    Bench::new(&server.url).get().await.expect("an answer");
    let server = Server::scripted(vec![cut()]).await;
    let bench = Bench::new(&server.url);
    let error = bench.get().await.expect_err("no answer").to_string();
    assert_eq!(error, "connection lost: 127.0.0.1: connection closed before message completed");
    assert_eq!(server.heard().len(), 2);
    assert!(matches!(bench.post().await, Err(Error::ConnectionLost(_))));
    assert_eq!(server.heard().len(), 3);
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_out_of_reach() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let error = Bench::new(&Url::parse(&url).expect("a URL")).get().await.expect_err("nobody listens");
    assert!(error.to_string().starts_with("connection lost: 127.0.0.1: cannot connect: Connection refused"), "{error}");
}

#[tokio::test]
async fn json_that_is_none_is_not_quoted() {
    for body in ["{\"value\": \"From: a@example.com", "[]trailing a@example.com", "\"a@example.com\""] {
        let server = Server::scripted(vec![Answer::new(200, "", body)]).await;
        let bench = Bench::new(&server.url);
        let url = bench.client.url(&["messages"]);
        let read: Result<Vec<u8>> = bench.client.get("GET messages", url, &[], &bench.witness).await;
        let error = read.expect_err("malformed").to_string();
        assert!(error.starts_with("unusable answer from the server: unexpected JSON at line 1, column "), "{error}");
        assert!(error.ends_with(" (while waiting for GET messages)"), "{error}");
    }
}

#[tokio::test]
async fn no_content_is_null() {
    let server = Server::scripted(vec![Answer::new(204, "", "")]).await;
    assert_eq!(Bench::new(&server.url).post().await.expect("an answer"), Value::Null);
}
