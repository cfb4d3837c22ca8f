# frozen_string_literal: true

require "support/rspec"
require "support/kinds_of_mail"
require "support/postback_helpers"

# Mails that a mailbox does not want to be delivered.
RSpec.describe "A filter", :integration, :postback do
  quarantined = [:Seen, :Flagged, "$MailRoomQuarantined"]

  # What a death costs with an arbiter: the claims of the dead process hold others off for half a minute.
  after_a_crash = 120

  def filtering(inbox = self.inbox, **others)
    postback(inbox, incoming_email: KindsOfMail.incoming_email(mailbox_type: "incoming_email"), **others)
  end

  def fill(*mails, inbox: self.inbox)
    dovecot.fill(inbox.user, mails)
  end

  def arbitrated
    { arbitration_method: "redis", arbitration_options: { redis_url: redis.url } }
  end

  # @return [Array<Hash>] the log lines about skipped messages
  def skipped(process = processes.last)
    process.log.select { |line| line["action"] == "message skipped" }
  end

  # Numbers of the mails each rule is about, of those of KindsOfMail.all.
  concerned = { bounces: [2, 5], auto_generated: [3, 5], unmatched: [4, 5] }
  rules = concerned.keys.product(%w[deliver skip quarantine])

  # What a user sees of one rule: which mails were posted, and how those that were not are marked.
  def expected_of(concerned, action, kept)
    left = action == "deliver" ? [] : concerned
    { posted: [1, 2, 3, 4, 5] - left, left: left.to_h { |uid| [uid, kept.fetch(action)] } }
  end

  # Each posts to a path of its own.
  def outcome(inbox, path)
    posted = web.requests.select { |request| request.path == path }
    left = inbox.flags.reject { |_uid, flags| flags.include?(:Deleted) }
    { posted: posted.map { |request| Mails.number(request.body) }.sort,
      left: left.transform_values { |flags| flags.sort_by(&:to_s) } }
  end

  it "does what it is told with each kind of mail, and posts the others byte for byte" do
    kept = { "skip" => [:Seen], "quarantine" => quarantined.sort_by(&:to_s) }
    cases = rules.to_h { |rule, action| [[rule, action], new_inbox] }
    mailboxes = cases.map do |(rule, action), inbox|
      fill(*KindsOfMail.all, inbox: inbox)
      # Delivered ones are deleted, others never.
      filtering(inbox, delivery: { url: web.url("/#{rule}/#{action}") }, filter: { rule => action },
                       delete_after_delivery: true)
    end
    mail_room(*mailboxes)
    processes.last.wait_until(60, what: "all marks") { cases.each_value.all? { |inbox| inbox.unseen.zero? } }

    outcomes = cases.to_h { |(rule, action), inbox| [[rule, action], outcome(inbox, "/#{rule}/#{action}")] }
    expected = rules.to_h { |rule, action| [[rule, action], expected_of(concerned[rule], action, kept)] }
    expect(outcomes).to eq(expected)
    expect(web.requests.map(&:body)).to all(satisfy { |body| KindsOfMail.all.include?(body) })
  end

  it "tells which rule it was, and what GitLab would have made of the mail" do
    fill(*KindsOfMail.all)
    mail_room(filtering(filter: { bounces: "skip", auto_generated: "skip", unmatched: "skip" }))
    wait_for_marks
    key = KindsOfMail.method(:key)
    none = { "mail_key" => nil, "header" => nil, "handler" => nil }
    expect(skipped).to match([
      { "uid" => 2, "reason" => "bounces", "mail_key" => key[2], "header" => "To",
        "handler" => "create_note" },
      { "uid" => 3, "reason" => "auto_generated", "mail_key" => key[3], "header" => "To",
        "handler" => nil },
      { "uid" => 4, "reason" => "unmatched", **none },
      { "uid" => 5, "reason" => "bounces", **none }
    ].map { |line| include("severity" => "INFO", **line) })
    expect(posted_numbers).to eq([1])
  end

  it "asks its rules in the order bounces, auto_generated, unmatched" do
    fill(KindsOfMail.all_at_once(1))
    mail_room(filtering(filter: { unmatched: "skip", auto_generated: "quarantine", bounces: "deliver" }))
    line = processes.last.wait_for_action("message quarantined")
    expect(line).to include("severity" => "ERROR", "error" => "filter.auto_generated is quarantine")
    wait_for_marks
    expect_soon { expect(inbox.flags).to match(1 => match_array(quarantined)) }
    expect(web.requests).to be_empty
  end

  it "moves what it puts aside where quarantine_mailbox says" do
    fill(KindsOfMail.ordinary(1), KindsOfMail.bounce(2))
    mail_room(filtering(filter: { bounces: "quarantine" }, quarantine_mailbox: "Failed"))
    processes.last.wait_until(what: "the move") { inbox.count == 1 && inbox.unseen.zero? }
    expect(dovecot.inbox(inbox.user, mailbox: "Failed").subjects).to eq(["mail 00002"])
  end

  it "needs no address where it is not asked who takes a mail" do
    fill(KindsOfMail.auto_reply(1), KindsOfMail.bounce(2), KindsOfMail.unmatched(3))
    mail_room(postback(filter: { "auto_generated" => "skip", bounces: :skip }))
    wait_for_marks
    expect(posted_numbers).to eq([3])
    expect(skipped.map { |line| line.slice("uid", "reason", "mail_key") })
      .to eq([{ "uid" => 1, "reason" => "auto_generated" }, { "uid" => 2, "reason" => "bounces" }])
  end

  it "does not guess whose mailbox it is when it asks who takes a mail" do
    process = mail_room(postback(incoming_email: KindsOfMail.incoming_email, filter: { unmatched: "skip" }))
    expect(process.exit_status).to eq(1)
    expect(process.everything).to include("filter.unmatched needs incoming_email.mailbox_type with this delivery")
  end

  it "knows the Service Desk's mailbox by its worker" do
    contact = KindsOfMail.ordinary(1).sub(/^To:.*\r$/, "To: contact+acme-42@example.com\r").sub(/^References:.*\r\n/,
                                                                                                "")
    mailboxes = %w[EmailReceiverWorker ServiceDeskEmailReceiverWorker].to_h { |worker| [worker, new_inbox] }
    fill = mailboxes.map do |worker, inbox|
      fill(contact, inbox: inbox)
      settings(inbox, delivery: { queue: worker, worker: worker }, filter: { unmatched: "skip" },
                      incoming_email: { address: "contact+%{key}@example.com" })
    end
    mail_room(*fill)
    processes.last.wait_until(what: "all marks") { mailboxes.each_value.all? { |inbox| inbox.unseen.zero? } }
    expect(mailboxes.keys.map { |queue| redis.jobs(queue).size }).to eq([0, 1])
    expect(skipped.map { |line| line.dig("context", "email") }).to eq([mailboxes.fetch("EmailReceiverWorker").user])
  end

  it "lets two processes share a mailbox: no mail is delivered twice, and none that is to be skipped" do
    kinds = %i[ordinary auto_reply ordinary unmatched]
    fill(*(1..400).map { |number| KindsOfMail.public_send(kinds[number % 4], number) })
    shared = filtering(filter: { auto_generated: "skip", unmatched: "skip" }, limit_max_unread: 10, **arbitrated)
    2.times { mail_room(shared) }
    wait_for_marks(limit: 60)
    # The one that comes last looks once more at mails it had listed before the other one marked them.
    processes.last.wait_until(what: "the claims of skipped mails to be let go") do
      redis.client.keys("delivered:*:*").all? { |key| redis.client.get(key) == "settled" }
    end
    expect(posted_numbers.sort).to eq((1..400).select(&:even?))
  end

  # Another instance, which has listed the mail before it was marked, may look at it again: it decides the same.
  it "decides again when a mail that was skipped is marked as unread" do
    fill(KindsOfMail.bounce(1))
    process = mail_room(filtering(filter: { bounces: "skip" }, **arbitrated))
    process.wait_for_action("Idling")
    inbox.session do |imap|
      imap.select("INBOX")
      imap.uid_store(1, "-FLAGS.SILENT", [:Seen])
    end
    process.wait_until(what: "the second time") { skipped.size == 2 }
    wait_for_marks
    expect(web.requests).to be_empty
  end

  # Built by `rake crash_points`.
  crashing = [RbConfig.ruby, "-Itmp/crash_points", *MailRoomProcess::RUBY.drop(1), "exe/mail_room"]

  %w[skip quarantine].each do |action|
    [true, false].each do |with_arbiter|
      it "survives a kill -9 between decision and mark: #{action}, #{with_arbiter ? 'arbitrated' : 'alone'}" do
        raise "run `rake crash_points` first" unless Dir.exist?("tmp/crash_points")

        fill(*(1..6).map { |number| KindsOfMail.public_send(number.even? ? :auto_reply : :ordinary, number) })
        # The second auto-reply comes in the second window.
        config = filtering(filter: { auto_generated: action }, limit_max_unread: 2, **(with_arbiter ? arbitrated : {}))
        died = launch({ mailboxes: [config] }, command: crashing, env: { "MAIL_ROOM_CRASH_AT" => "sorted:2" })
        expect(died.status(60).termsig).to eq(9)
        expect(inbox.uids("UNSEEN")).to include(4)

        mail_room(config)
        wait_for_marks(limit: after_a_crash)
        # Without an arbiter nobody knows that the third was delivered when its process died.
        expect(posted_numbers.tally.keys).to match_array([1, 3, 5])
        expect(posted_numbers.tally.except(3).values).to all(eq(1))
        expected = action == "skip" ? [:Seen] : quarantined
        expect_soon { expect(inbox.flags.slice(2, 4, 6).values).to all(match_array(expected)) }
      end
    end
  end
end
