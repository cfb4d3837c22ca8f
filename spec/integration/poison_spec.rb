# frozen_string_literal: true

require "support/rspec"

# Mails that can never be delivered: the others do not wait for them, and an operator finds them put aside.
RSpec.describe "A mail that always fails", :integration, :postback do
  quarantined = [:Seen, :Flagged, "$MailRoomQuarantined"]

  # The web application cannot take these.
  def fails_on(*numbers, **answer)
    answer = { status: 500 } if answer.empty?
    web.decide { |request| numbers.include?(Mails.number(request.body)) ? answer : Servers::Web::ACCEPTED }
  end

  def poisoned(inbox = self.inbox, **others)
    postback(inbox, max_attempts: 3, **others)
  end

  def arbitrated
    { arbitration_method: "redis", arbitration_options: { redis_url: redis.url } }
  end

  def wait_for_quarantine(uid = 1)
    processes.last.wait_for_log(60, what: "a quarantined message") do |line|
      line["action"] == "message quarantined" && line["uid"] == uid
    end
  end

  it "is tried max_attempts times and put aside, and the others are delivered once" do
    fails_on(2, 4)
    inbox.append(*(1..5).map { |number| Mails.small(number) })
    mail_room(poisoned(delete_after_delivery: true, expunge_deleted: true))
    lines = [2, 4].map { |uid| wait_for_quarantine(uid) }

    expect(lines).to all(include("severity" => "ERROR", "error" => a_string_including("3 attempts failed", "500")))
    wait_for_marks
    expect(posted_numbers.tally).to eq(1 => 1, 2 => 3, 3 => 1, 4 => 3, 5 => 1)
    expect_soon { expect(inbox.flags).to match(2 => match_array(quarantined), 4 => match_array(quarantined)) }
  end

  it "is put aside when it is the only one" do
    fails_on(1)
    inbox.append(Mails.small(1))
    mail_room(poisoned)
    expect(wait_for_quarantine["hint"]).to include("mail_room requeue")
    expect(posted_numbers).to eq([1, 1, 1])
  end

  it "is put aside when the web application never answers to it, and new mails do not wait" do
    fails_on(1, delay: 30)
    inbox.append(Mails.small(1), Mails.small(2))
    process = mail_room(poisoned(delivery_timeout: 1))
    process.wait_until(60, what: "the mark of the second") { inbox.uids("SEEN").include?(2) }
    inbox.append(Mails.small(3))
    wait_for_quarantine
    wait_for_marks
    expect(posted_numbers.tally).to include(2 => 1, 3 => 1)
    expect_soon { expect(inbox.flags[1]).to match_array(quarantined) }
  end

  it "is put aside when a Ruby class raises" do
    folder = Servers::Folder.new("recorded").tap { |made| disposables << made }
    inbox.append(Mails.small(1))
    program("run", settings(delivery_method: nil, delivery_klass: "Recorder", max_attempts: 2,
                            delivery_options: { folder: folder.path, behaviour: "raise_always" }))
    error = "2 attempts failed, the last one: ArgumentError: not in the mood"
    expect(wait_for_quarantine["error"]).to start_with(error)
  end

  it "is moved where quarantine_mailbox says" do
    fails_on(1)
    inbox.append(Mails.small(1), Mails.small(2))
    mail_room(poisoned(quarantine_mailbox: "Failed mail"))
    wait_for_quarantine
    failed = dovecot.inbox(inbox.user, mailbox: "Failed mail")
    processes.last.wait_until(what: "the move") { inbox.count == 1 }
    expect(failed.subjects).to eq(["mail 00001"])
    expect(failed.flags.values).to contain_exactly(include(*quarantined))
  end

  it "stays, flagged, when it cannot be moved" do
    fails_on(1)
    inbox.append(Mails.small(1))
    mail_room(poisoned(quarantine_mailbox: "not/here"))
    wait_for_quarantine
    line = processes.last.wait_for_action("messages not put aside")
    expect(line).to include("severity" => "WARN", "quarantine_mailbox" => "not/here")
    expect_soon { expect(inbox.flags).to match(1 => match_array(quarantined)) }
  end

  # @param process [MailRoomProcess] killed after this many attempts
  def kill_after(attempts, process = processes.last)
    process.wait_until(60, what: "attempt #{attempts}") do
      process.log.any? { |line| line["action"] == "message not accepted" && line["attempt"] == attempts }
    end
    yield if block_given?
    process.kill9
  end

  it "has its attempts counted by Redis, whatever dies" do
    fails_on(1)
    inbox.append(Mails.small(1))
    process = mail_room(poisoned(**arbitrated))
    kill_after(2)
    expect(redis.client.call("KEYS", "attempts:*").map { |key| redis.client.call("GET", key) }).to eq(["2"])

    process.restart
    expect(wait_for_quarantine["error"]).to start_with("3 attempts failed")
    process.wait_until(what: "no counter") { redis.client.call("KEYS", "attempts:*").empty? }
  end

  it "has its attempts noted on the server where no Redis counts" do
    fails_on(1)
    inbox.append(Mails.small(1))
    process = mail_room(poisoned)
    kill_after(2) { process.wait_until(what: "the keyword") { inbox.flags[1].include?("$MailRoomAttempt2") } }

    process.restart
    expect(wait_for_quarantine["error"]).to start_with("3 attempts failed")
    process.wait_until(what: "the mark") { inbox.flags[1].sort_by(&:to_s) == quarantined.sort_by(&:to_s) }
  end

  it "leaves no note behind when it is accepted at last" do
    fails_on(1)
    inbox.append(Mails.small(1))
    process = mail_room(poisoned)
    process.wait_until(what: "the keyword") { inbox.flags[1].include?("$MailRoomAttempt1") }
    web.decide { |_request| Servers::Web::ACCEPTED }
    wait_for_marks
    expect_soon { expect(inbox.flags).to eq(1 => [:Seen]) }
  end

  it "is not confused with an outage: no mail is put aside, however often it was tried" do
    web.decide { |_request| { status: 500 } }
    inbox.append(*(1..4).map { |number| Mails.small(number) })
    process = mail_room(poisoned)
    process.wait_until(60, what: "many attempts") { web.requests.size >= 20 }
    web.decide { |_request| Servers::Web::ACCEPTED }
    wait_for_marks(limit: 60)
    expect_soon { expect(inbox.flags.values).to all(eq([:Seen])) }
    expect(posted_numbers.uniq).to match_array(1..4)
  end
end
