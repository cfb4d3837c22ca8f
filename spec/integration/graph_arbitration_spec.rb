# frozen_string_literal: true

require "support/graph_helpers"
require "support/rspec"

# Processes that share a mailbox on Microsoft Graph by way of Redis.
RSpec.describe "Arbitration of a mailbox on Microsoft Graph", :graph, :integration do
  # Seconds that claims of a process that died hold others off, and some more.
  after_a_crash = 90

  # Two processes share what Graph allows for a mailbox, and do not know of one another.
  before { account.gate.shared = true }

  def shared(account = self.account, **others)
    on_graph_to_sidekiq(account, **arbitrated, **others)
  end

  def expect_each_once(numbers, limit: 60)
    Wait.until(limit, what: "all marks", detail: -> { processes.map(&:tail).join }) { account.unread.empty? }
    expect(delivered_numbers.sort).to eq([*numbers])
  end

  # @return [Array<String>] the keys of claims and records
  def claims
    redis.client.keys("delivered:*").sort
  end

  it "lets two processes drain it, every mail once" do
    fill(1..300)
    2.times { mail_room(shared) }
    expect_each_once(1..300, limit: 120)
    expect(processes).to all(be_alive)
  end

  it "lets two processes take what comes in while both watch, every mail once" do
    2.times { mail_room(shared).wait_for_action("Idling") }
    (1..40).each_slice(8) { |numbers| fill(numbers) }
    expect_each_once(1..40, limit: 120)
    wait_for_more(:delta, 4)
    expect_each_once(1..40)
  end

  it "tells mails apart whose ids differ in nothing but the case of a letter" do
    messages = fill(1..2)
    expect(messages.map { |message| message.id.downcase }.uniq.size).to eq(1)
    mail_room(shared)
    expect_each_once(1..2)
    expect(redis.jobs.map { |job| job["jid"] }.uniq.size).to eq(2)
    expect(messages.map { |message| claims.grep(/#{Regexp.escape(message.id)}\z/).size }).to all(be >= 1)
  end

  it "names mails by what they are called on any host, in any process" do
    message = fill([1]).first
    process = mail_room(shared)
    expect_each_once(1..1)
    process.term
    expect(process.exit_status).to eq(0)
    expect(claims).to all(end_with(message.id))
    expect(claims).to include(a_string_starting_with("delivered:#{account.email}:inbox:"))
    expect(claims.map { |key| redis.client.ttl(key) }).to all(be_between(1, 600))
  end

  it "lets the same mails of another user be delivered" do
    other = graph.user("sales@example.com")
    fill(1..10)
    fill(11..20, other)
    mail_room(shared, shared(other))
    wait_for_read(other)
    expect_each_once(1..20)
  end

  it "only marks what was delivered by a process that could not mark it any more" do
    messages = fill(1..5)
    graph.fault(:batch, hang_up: true, times: Float::INFINITY)
    process = mail_room(on_graph(**arbitrated))
    process.wait_until(what: "an attempt to mark") { graph.requests(:batch).any? }
    process.kill9
    expect(messages.map(&:read?)).to all(be(false))

    graph.faults.clear
    process.restart
    wait_for_read(limit: after_a_crash)
    expect(posted_numbers).to eq([1, 2, 3, 4, 5])
    expect(process.wait_for_action("delivered before, marking only")["uid"]).to eq(messages.first.id)
  end

  it "has a second process deliver what the first did not live to" do
    fill(1..200)
    killed = mail_room(shared)
    Wait.until(15, what: "the first jobs", interval: 0) { redis.job_count >= 20 }
    killed.kill9
    mail_room(shared)
    expect_each_once(1..200, limit: after_a_crash)
  end
end
