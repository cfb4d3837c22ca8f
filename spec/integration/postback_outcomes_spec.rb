# frozen_string_literal: true

require "support/rspec"

# What a web application may answer, and what becomes of the mail then.
RSpec.describe "The answer to a postback", :integration, :postback do
  # Both mails go out after all, the first of them not only once, and by the same id each time.
  def expect_delivered_at_last
    wait_for_marks(limit: 30)
    expect(numbers_by_id).to match_array([[2], a_collection_including(1, 1)])
    expect_soon { expect(inbox.flags.values).to all(match_array(%i[Seen Deleted])) }
  end

  # @return [Array<Array<Integer>>] for each delivery id, what was posted by it
  def numbers_by_id
    web.requests.group_by { |request| request.headers["x-mailroom-delivery-id"] }
       .values.map { |requests| requests.map { |request| Mails.number(request.body) } }
  end

  def start(**others)
    inbox.append(Mails.small(1), Mails.small(2))
    mail_room(postback(delete_after_delivery: true, **others))
  end

  it "that it is out of order has one message fetched at a time, until it is well" do
    dovecot.record(inbox.user)
    web.decide { |_request| { status: 503 } }
    dovecot.fill(inbox.user, (1..20).map { |number| Mails.small(number) })
    mail_room(postback)
    wait_for_requests(4)
    bodies = dovecot.commands(inbox.user).grep(/UID FETCH.*BODY/)
    expect(bodies.drop(1)).to all(match(/UID FETCH \d+ /))

    web.decide { |_request| Servers::Web::ACCEPTED }
    wait_for_marks(limit: 30)
    expect(posted_numbers.uniq).to match_array(1..20)
  end

  [200, 201, 202, 204].each do |status|
    it "#{status} marks the mail" do
      web.decide { |_request| { status: status } }
      start
      wait_for_marks
      expect(posted_numbers).to eq([1, 2])
      expect(processes.last.wait_for_action("message pushed")).to include("status_code" => status)
    end
  end

  [500, 408, 425].each do |status|
    it "#{status} leaves the mail, and those behind it are delivered" do
      web.decide { |request| { status: Mails.number(request.body) == 1 ? status : 200, body: "it hurts" } }
      start
      line = processes.last.wait_for_action("message not accepted")
      expect(line).to include("severity" => "WARN", "uid" => 1, "error" => "the answer was #{status}: it hurts")
      processes.last.wait_until(what: "the mark of the second") { inbox.uids("UNSEEN") == [1] }
      expect(inbox.flags).to match(1 => ["$MailRoomAttempt1"], 2 => match_array(%i[Seen Deleted]))

      web.decide { |_request| Servers::Web::ACCEPTED }
      expect_delivered_at_last
    end
  end

  {
    401 => /401 \(check token, username and password/, 403 => /403/, 404 => /404 \(check delivery_url/,
    405 => /405/, 502 => /502/, 503 => /503/, 504 => /504/
  }.each do |status, reason|
    it "#{status} holds all mail back" do
      web.answer(status: status)
      start
      expect(wait_for_pause).to include("severity" => "WARN", "error" => a_string_matching(reason))
      expect_delivered_at_last
    end
  end

  [400, 413, 415, 422].each do |status|
    it "#{status} puts that mail aside, and those behind it are delivered" do
      body = '{"success":false,"message":"We couldn\'t process your email because it is too large."}'
      web.decide { |request| Mails.number(request.body) == 1 ? { status: status, body: body } : { status: 200 } }
      start
      line = processes.last.wait_for_action("message quarantined")
      expect(line).to include("severity" => "ERROR", "uid" => 1, "error" => /#{status}.*: We couldn't process your/)
      wait_for_marks
      expect_soon do
        expect(inbox.flags).to match(1 => a_collection_including(:Seen, :Flagged), 2 => match_array(%i[Seen Deleted]))
      end
      expect(posted_numbers).to eq([1, 2])
    end
  end

  it "429 names the time to wait" do
    web.answer(status: 429, headers: { "Retry-After" => "2" })
    start
    expect(wait_for_pause["retry_in_s"]).to be >= 2
    expect_delivered_at_last
  end

  it "503 names the time to wait as a date" do
    web.answer(status: 503, headers: { "Retry-After" => (Time.now + 4).httpdate })
    start
    expect(wait_for_pause["retry_in_s"]).to be > 1
    expect_delivered_at_last
  end

  [301, 302, 307].each do |status|
    it "#{status} is not followed, and says where it leads" do
      web.answer(status: status, headers: { "Location" => "https://gitlab.example.com/sign_in?key=hunter2" })
      start
      expect(wait_for_pause["error"]).to include("redirects to https://gitlab.example.com are not followed")
      expect_delivered_at_last
      expect(processes.last.everything).not_to include("hunter2")
    end
  end

  it "that comes too late is none" do
    web.answer(delay: 60)
    start(delivery_timeout: 1)
    expect(wait_for_pause["error"]).to include("no answer within 1 s (delivery_timeout)")
    expect(inbox.flags.values).to eq([[], []])
    expect_delivered_at_last
  end

  it "that never comes, as the connection is closed, is none" do
    web.answer(hang_up: :first)
    start
    expect(wait_for_pause["error"]).to match(/connection closed before message completed|reset/)
    expect_delivered_at_last
  end

  it "that breaks off in its body counts when it is a success: the mail is not sent twice" do
    web.answer(hang_up: :midway, body: "half")
    start
    wait_for_marks
    expect(posted_numbers).to eq([1, 2])
  end

  it "that breaks off in its body is none when it is a refusal" do
    web.answer(status: 400, hang_up: :midway, body: "half")
    start
    expect(wait_for_pause["error"]).to include("the answer 400 broke off")
    expect_delivered_at_last
  end

  it "that comes when mail_room has been killed is asked for again, by the same id" do
    web.answer(delay: 60)
    start
    wait_for_requests
    processes.last.kill9
    processes.last.restart
    expect_delivered_at_last
  end

  it "that nobody is there to give is waited for, without a mail being fetched" do
    web.stop
    start
    expect(wait_for_pause["error"]).to match(/the webhook is not available: cannot connect to 127\.0\.0\.1/)
    expect(processes.last.log.map { |line| line["action"] }).not_to include("sending to deliverer")
    web.start
    wait_for_marks(limit: 30)
    expect(posted_numbers).to eq([1, 2])
  end

  it "is not waited for by other mailboxes" do
    other = new_inbox
    other.append(Mails.small(9))
    inbox.append(Mails.small(1))
    mail_room(postback(delivery: { url: "http://127.0.0.1:#{Servers::Ports.free}/" }), postback(other))
    wait_for_marks(other)
    expect(posted_numbers).to eq([9])
    expect(inbox.unseen).to eq(1)
  end
end
