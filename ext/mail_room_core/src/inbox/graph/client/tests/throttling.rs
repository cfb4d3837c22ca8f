use super::*;
use crate::secret::Secret;

const SECOND: Duration = Duration::from_secs(1);

fn busy(status: u16, seconds: u32) -> Answer {
    let body = r#"{"error":{"code":"TooManyRequests","message":"slower"}}"#;
    Answer::new(status, &format!("Retry-After: {seconds}\r\n"), body)
}

fn throttled<T>(result: Result<T>) -> (String, Option<Duration>) {
    match result.err() {
        Some(error @ Error::Throttled { pause, .. }) => (error.to_string(), pause),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_busy_server_is_left_alone_by_all() {
    let server = Server::scripted(vec![busy(429, 1), ok()]).await;
    let bench = Bench::new(&server.url);
    let later = async {
        while server.heard().is_empty() || bench.logged().is_empty() {
            sleep(Duration::from_millis(5)).await;
        }
        let all = (0..6).map(|_| bench.get());
        futures_util::future::join_all(all).await
    };
    let (first, later) = tokio::join!(bench.get(), later);
    assert!(first.is_ok() && later.iter().all(Result::is_ok));
    let heard = server.heard();
    assert_eq!(heard.len(), 8);
    assert!(heard[1..].iter().all(|next| next.at - heard[0].at >= SECOND));
    let expected = json!({"action": "throttled", "request": "GET messages", "status": 429, "retry_in_s": 1.0});
    assert_eq!(bench.logged(), [expected]);
}

#[tokio::test]
async fn requests_that_are_turned_down_together_wait_together() {
    let server = Server::answering(|nth, _| if nth < 4 { busy(503, 1) } else { ok() }).await;
    let bench = Bench::new(&server.url);
    let all = (0..4).map(|_| bench.get());
    assert!(futures_util::future::join_all(all).await.iter().all(Result::is_ok));
    assert!(!bench.logged().is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_say_for_how_long_is_asked_after_a_while() {
    let met = async |status: u16, header: &str, action: &str| {
        let server = Server::scripted(vec![Answer::new(status, header, ""), ok()]).await;
        let bench = Bench::new(&server.url);
        // Nothing was done, so that orders are repeated too.
        bench.post().await.expect("an answer");
        assert_eq!(server.heard().len(), 2);
        let logged = bench.logged();
        assert_eq!((&logged[0]["action"], &logged[0]["status"]), (&json!(action), &json!(status)));
    };
    tokio::join!(
        met(429, "", "throttled"),
        met(503, "Retry-After: soon\r\n", "throttled"),
        met(509, "Retry-After: 0\r\n", "throttled"),
        met(502, "", "not available for the moment"),
        met(504, "Retry-After: -1\r\n", "not available for the moment"),
    );
}

#[tokio::test(start_paused = true)]
async fn patience_ends_after_five_attempts() {
    let server = Server::scripted(vec![busy(429, 1)]).await;
    let bench = Bench::new(&server.url);
    let (text, pause) = throttled(bench.get().await);
    assert_eq!(text, "GET messages was throttled: 429 TooManyRequests: slower");
    assert_eq!(pause, Some(SECOND));
    assert_eq!(server.heard().len(), 5);
    assert_eq!(bench.logged().len(), 4);
}

#[tokio::test]
async fn patience_ends_where_waits_are_long() {
    for (asked, expected) in [(121, 121), (u32::MAX, 3600)] {
        let server = Server::scripted(vec![busy(503, asked), ok()]).await;
        let bench = Bench::new(&server.url);
        let (_, pause) = throttled(bench.get().await);
        assert_eq!(pause, Some(Duration::from_secs(expected)));
        // Whoever comes then waits no shorter, and does not ask.
        let (text, pause) = throttled(bench.post().await);
        assert_eq!(text, "POST move was throttled: 503 TooManyRequests: slower");
        assert!(pause.is_some_and(|pause| pause > Duration::from_secs(60)), "{pause:?}");
        assert_eq!(server.heard().len(), 1);
        assert!(bench.logged().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn waits_are_limited_in_all() {
    let server = Server::scripted(vec![busy(429, 2), busy(429, 2), ok()]).await;
    let mut bench = Bench::new(&server.url);
    bench.client.in_place = SECOND * 3;
    assert_eq!(throttled(bench.get().await).1, Some(SECOND * 2));
    assert_eq!(server.heard().len(), 2);
}

#[test]
fn retry_after_may_be_a_date() {
    let asked = |date| Refusal::new(429, b"", Some(date), &Secret::new("hunter2".into())).retry_after;
    assert_eq!(asked("Thu, 31 Dec 2099 23:59:59 GMT"), Some(SECOND * 3600));
    assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
}
