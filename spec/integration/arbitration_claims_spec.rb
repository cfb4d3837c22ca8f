# frozen_string_literal: true

require "support/rspec"
require "support/postback_helpers"

# What becomes of single claims, for deliveries that cannot record in the same step that a message was accepted.
RSpec.describe "Claims in Redis", :integration, :postback do
  def arbitration
    { arbitration_method: "redis", arbitration_options: { redis_url: redis.url } }
  end

  def own_key
    redis.client.keys("delivered:*:*").first
  end

  it "that ran out are not delivered by the process that had them" do
    web.decide { |_request| Servers::Web::ACCEPTED.merge(delay: 1) }
    dovecot.fill(inbox.user, (1..40).map { |number| Mails.small(number) })
    process = mail_room(postback(**arbitration))
    wait_for_requests(2)
    held = redis.client.keys("delivered:*:*").reject { |key| redis.client.get(key) == "done" }
    # As if Redis had been out of reach, and another process had come before this one.
    held.each { |key| redis.client.set(key, "lease:another") }

    process.wait_for_log(30, what: "a claim that ran out") { |line| line["error"]&.include?("claim ran out") }
    wait_for_marked_only(web.requests.size)
    expect(posted_numbers.size).to be < 40
  end

  # Everything posted is marked, and nothing else.
  def wait_for_marked_only(posted)
    processes.last.wait_until(what: "the marks of what was posted") { inbox.unseen == 40 - posted }
  end

  it "leave a message alone that somebody marks as unread, until its record has run out" do
    inbox.append(Mails.small(1))
    mail_room(postback(**arbitration)).wait_for_action("Idling")
    wait_for_marks
    processes.last.wait_until(what: "the record") { redis.client.get(own_key) == "settled" }
    inbox.session do |imap|
      imap.select("INBOX")
      imap.uid_store(1, "-FLAGS.SILENT", [:Seen])
    end
    inbox.append(Mails.small(2))
    wait_for_requests(2)
    expect(inbox.uids("UNSEEN")).to include(1)

    redis.client.flushall # ten minutes later
    wait_for_requests(3)
    wait_for_marks
    expect(posted_numbers).to eq([1, 2, 1])
  end

  it "that are recorded as done are only marked by the next process" do
    inbox.append(Mails.small(1))
    first = mail_room(postback(**arbitration))
    wait_for_marks
    first.wait_for_action("Idling")
    key = own_key
    first.kill9
    redis.client.set(key, "done") # as if it had died before the mark
    inbox.session do |imap|
      imap.select("INBOX")
      imap.uid_store(1, "-FLAGS.SILENT", [:Seen])
    end
    mail_room(postback(**arbitration))
    wait_for_marks
    expect(posted_numbers).to eq([1])
  end
end
