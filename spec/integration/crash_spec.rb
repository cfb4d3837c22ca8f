# frozen_string_literal: true

require "support/rspec"

RSpec.describe "A mail_room that is killed", :integration do
  let(:count) { 500 }

  # Every message has become a job at least once, and is marked at the end.
  def expect_nothing_lost(inbox: self.inbox, redis: self.redis)
    processes.last.wait_until(60, what: "all marks") { inbox.unseen.zero? }
    expect((1..count).to_a - delivered_numbers(redis)).to eq([])
  end

  # A message that came twice came as the same job.
  def expect_stable_jids
    jids = redis.jobs.map { |job| [Mails.number(job["args"].first), job["jid"]] }.uniq
    expect(jids.size).to eq(count)
    expect(jids.map(&:last).uniq.size).to eq(count)
  end

  it "has lost nothing when it is started again after a kill in the middle of a drain" do
    dovecot.fill(inbox.user, (1..count).map { |number| Mails.mixed(number) })
    process = mail_room
    # Without a pause between two looks: a quick drain is over in tenths of a second.
    Wait.until(15, what: "the first jobs", interval: 0) { redis.job_count >= 20 }
    process.kill9

    process.restart
    expect_nothing_lost
    expect_stable_jids
  end

  it "has lost nothing when it is killed while Redis holds its answers back" do
    own_redis = own(Servers::Redis.new)
    dovecot.fill(inbox.user, (1..count).map { |number| Mails.small(number) })
    process = mail_room(settings(delivery: { redis_url: own_redis.url }))
    Wait.until(15, what: "the first jobs", interval: 0) { own_redis.job_count.positive? }
    own_redis.pause
    process.kill9

    own_redis.resume
    process.restart
    expect_nothing_lost(redis: own_redis)
  end

  it "has lost nothing after many kills at any moment" do
    dovecot.fill(inbox.user, (1..count).map { |number| Mails.small(number) })
    process = mail_room
    random = Random.new(1)
    8.times do
      # The one place where time is meant to pass: the moment of a crash is nothing one can wait for.
      sleep random.rand * 0.5
      process.kill9
      process.restart
    end
    expect_nothing_lost
    expect_stable_jids
  end

  it "has deleted nothing that it has not delivered" do
    dovecot.fill(inbox.user, (1..count).map { |number| Mails.small(number) })
    process = mail_room(settings(delete_after_delivery: true, expunge_deleted: true))
    Wait.until(15, what: "the first jobs", interval: 0) { redis.job_count.positive? }
    process.kill9

    left = inbox.subjects.map { |subject| subject[/\d+/].to_i }
    expect((1..count).to_a - left - delivered_numbers).to eq([])
    process.restart
    process.wait_until(60, what: "an empty mailbox") { inbox.uids("UNDELETED").empty? }
    expect((1..count).to_a - delivered_numbers).to eq([])
  end

  it "has lost nothing when the mail server is restarted in the middle of a drain" do
    server = own(Servers::Dovecot.new)
    inbox = new_inbox(server)
    server.fill(inbox.user, (1..count).map { |number| Mails.small(number) })
    mail_room(settings(inbox))
    Wait.until(15, what: "the first jobs", interval: 0) { redis.job_count.positive? }
    server.restart
    expect_nothing_lost(inbox: inbox)
  end
end
