use super::*;

/// A server that has an answer for each part; it is told how many batches came before, and the part's URL.
async fn server(answer: impl Fn(usize, &str) -> Value + Send + Sync + 'static) -> Server {
    Server::answering(move |nth, heard| {
        let question: Value = serde_json::from_slice(&heard.body).expect("JSON");
        let parts = question["requests"].as_array().expect("parts");
        assert!(heard.head.starts_with("POST /v1.0/$batch HTTP/1.1\r\n") && parts.len() <= 20);
        let answers = parts.iter().rev().map(|part| {
            let mut answer = answer(nth, part["url"].as_str().expect("a URL"));
            answer["id"] = part["id"].clone();
            answer
        });
        Answer::new(200, "", json!({"responses": answers.collect::<Vec<_>>()}).to_string())
    })
    .await
}

fn parts(count: usize) -> Vec<Part> {
    let part = |nth| Part { method: "PATCH", url: format!("/{nth}"), body: Some(json!({"isRead": true})) };
    (0..count).map(part).collect()
}

async fn batch(bench: &Bench, parts: Vec<Part>) -> Result<Vec<Result<()>>> {
    bench.client.batch("PATCH messages", parts, &bench.witness).await
}

/// The parts of each batch that came, by their URLs.
fn heard(server: &Server) -> Vec<Vec<String>> {
    let urls = |body: &[u8]| {
        let question: Value = serde_json::from_slice(body).expect("JSON");
        let parts = question["requests"].as_array().expect("parts").clone();
        parts.iter().map(|part| part["url"].as_str().expect("a URL").to_owned()).collect()
    };
    server.heard().iter().map(|heard| urls(&heard.body)).collect()
}

#[tokio::test]
async fn parts_go_twenty_at_a_time_and_have_their_outcomes_in_order() {
    let gone = json!({"status": 404, "body": {"error": {"code": "ErrorItemNotFound", "message": "hunter2 is gone"}}});
    let server = server(move |_, url| if url == "/7" { gone.clone() } else { json!({"status": 200}) }).await;
    let bench = Bench::new(&server.url);
    let outcomes = batch(&bench, parts(45)).await.expect("outcomes");
    assert_eq!(heard(&server).iter().map(Vec::len).collect::<Vec<_>>(), [20, 20, 5]);
    assert_eq!(outcomes.len(), 45);
    for (nth, outcome) in outcomes.into_iter().enumerate() {
        match nth {
            7 => assert_eq!(answered(outcome), (404, "ErrorItemNotFound: [REDACTED] is gone".to_owned())),
            _ => assert!(outcome.is_ok(), "{outcome:?}"),
        }
    }
    assert!(batch(&bench, Vec::new()).await.expect("outcomes").is_empty());
    assert_eq!(server.heard().len(), 3);
}

#[tokio::test]
async fn a_part_is_a_request_of_its_own() {
    let server = server(|_, _| json!({"status": 204})).await;
    let bench = Bench::new(&server.url);
    let url = bench.client.relative(&["messages", "A/B="]);
    let parts = vec![
        Part { method: "PATCH", url: url.clone(), body: Some(json!({"isRead": true})) },
        Part { method: "DELETE", url, body: None },
    ];
    assert!(batch(&bench, parts).await.expect("outcomes").iter().all(Result::is_ok));
    let [heard] = &server.heard()[..] else { panic!("one request") };
    let url = "/users/a@example.com/messages/A%2FB=";
    let prefer = r#"IdType="ImmutableId", return=minimal"#;
    let headers = json!({"Prefer": prefer, "Content-Type": "application/json"});
    let expected = json!({"requests": [
        {"id": "0", "method": "PATCH", "url": url, "headers": headers, "body": {"isRead": true}},
        {"id": "1", "method": "DELETE", "url": url, "headers": {"Prefer": r#"IdType="ImmutableId""#}},
    ]});
    assert_eq!(serde_json::from_slice::<Value>(&heard.body).expect("JSON"), expected);
    assert_eq!(heard.header("content-type"), Some("application/json"));
}

#[tokio::test(start_paused = true)]
async fn parts_that_were_turned_down_are_sent_again_when_it_is_time() {
    let server = server(|nth, url| match (nth, url) {
        (0, "/1") => json!({"status": 429, "headers": {"retry-after": "1"}}),
        (0, "/2") => json!({"status": 503}),
        (0, "/3") => json!({"status": 500, "headers": {"Retry-After": 1}}),
        (0, "/5") => json!({"status": 412}),
        (_, "/4") => json!({"status": 501}),
        _ => json!({"status": 200}),
    })
    .await;
    let bench = Bench::new(&server.url);
    let outcomes = batch(&bench, parts(6)).await.expect("outcomes");
    let failed: Vec<usize> = (0..6).filter(|nth| outcomes[*nth].is_err()).collect();
    assert_eq!(failed, [4]);
    assert_eq!(heard(&server)[1..], [["/1", "/2", "/3", "/5"]]);
    let requests = server.heard();
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(1));
    let expected = json!({"action": "throttled", "request": "PATCH messages", "status": 429, "retry_in_s": 1.0});
    assert_eq!(bench.logged(), [expected]);
}

#[tokio::test(start_paused = true)]
async fn parts_that_fail_for_good_do_not_keep_others_back() {
    let failed = |_, url: &str| match url {
        "/1" => json!({"status": 500, "headers": {"Retry-After": "1"}}),
        _ => json!({"status": 200}),
    };
    let server = server(failed).await;
    let bench = Bench::new(&server.url);
    let outcomes = batch(&bench, parts(3)).await.expect("outcomes");
    assert_eq!(heard(&server).len(), 5);
    let [Ok(()), Err(Error::Answered { status: 500, .. }), Ok(())] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert!(bench.logged().is_empty());
}

#[tokio::test]
async fn parts_that_have_to_wait_for_long_do_not_undo_the_others() {
    let server = server(|_, url| match url {
        "/1" => json!({"status": 429, "headers": {"Retry-After": "600"}}),
        _ => json!({"status": 200}),
    })
    .await;
    let bench = Bench::new(&server.url);
    let outcomes = batch(&bench, parts(3)).await.expect("outcomes");
    let [Ok(()), Err(error @ Error::Throttled { .. }), Ok(())] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert_eq!(error.suggested_pause(), Duration::from_secs(600));
    assert!(matches!(bench.get().await, Err(Error::Throttled { .. })));
    assert_eq!(server.heard().len(), 1);
}

#[tokio::test]
async fn a_part_without_an_answer_is_not_done() {
    let answer = json!({"responses": [
        {"id": "1", "status": 204},
        {"id": "1", "status": 500},
        {"id": "17", "status": 204},
        {"id": "x", "status": 204},
    ]});
    let server = Server::scripted(vec![Answer::new(200, "", answer.to_string())]).await;
    let outcomes = batch(&Bench::new(&server.url), parts(2)).await.expect("outcomes");
    let [Err(error @ Error::Protocol(_)), Ok(())] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert_eq!(error.to_string(), "unusable answer from the server: no answer to a part of PATCH messages");
    for answer in ["{}", "[]", r#"{"responses":[{"id":1,"status":"x"}]}"#] {
        let server = Server::scripted(vec![Answer::new(200, "", answer)]).await;
        let outcome = batch(&Bench::new(&server.url), parts(2)).await;
        assert!(matches!(outcome, Err(Error::Protocol(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_batch_without_an_answer_is_sent_once_more() {
    let answer = Answer::new(200, "", r#"{"responses":[{"id":"0","status":204}]}"#);
    let server = Server::scripted(vec![Answer::Cut(Vec::new()), answer]).await;
    let outcomes = batch(&Bench::new(&server.url), parts(1)).await.expect("outcomes");
    assert!(outcomes[0].is_ok());
    assert_eq!(server.heard().len(), 2);
}
