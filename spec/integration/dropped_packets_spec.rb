# frozen_string_literal: true

require "support/rspec"

# A network that loses everything from one moment to the next, without a word to either side.
RSpec.describe "A network that drops every packet", :integration, :outage, :postback do
  before do
    reason = Servers::Network.impossible
    skip reason if reason
  end

  let(:network) { own(Servers::Network.new) }
  let(:mails) { gate(dovecot.ports.fetch(:imap)) }
  let(:hasty) do
    { connect_timeout: 1, greeting_timeout: 1, command_timeout: 2, literal_timeout: 2, done_timeout: 1,
      idle_timeout: 2 }
  end

  # The way out of the network to a server.
  def gate(port)
    front = Servers::Front.new(port)
    disposables << front
    front.start(network.listener)
  end

  def start(**others)
    command = network.command(*MailRoomProcess::COMMAND)
    mail_room(settings(port: mails.port, **hasty, **others), options: { command: command }, shutdown_timeout: 2)
  end

  # A unix socket knows no network.
  def to_redis
    { delivery: { redis_url: redis.socket_url } }
  end

  it "is noticed while idling, and what came meanwhile is delivered when it carries again" do
    process = start(**to_redis)
    process.wait_for_action("Idling")
    network.drop
    inbox.append(Mails.small(1))
    expect(wait_for_error["error"]).to match(/took longer than \d s/)
    expect(wait_for_error_like(/connecting took longer than 1 s/)["retry_in_s"]).to be_a(Numeric)
    network.carry
    expect_delivered(1, limit: 60)
  end

  it "is noticed in the middle of a drain: nothing is lost or doubled" do
    dovecot.fill(inbox.user, (1..300).map { |number| Mails.mixed(number) })
    process = start(**to_redis)
    Wait.until(15, what: "the first jobs", interval: 0) { redis.job_count.positive? }
    network.drop
    wait_for_error
    network.carry
    process.wait_until(60, what: "all marks") { inbox.unseen.zero? }
    expect(delivered_numbers).to match_array(1..300)
  end

  it "is noticed on the way to a webhook" do
    options = { url: "http://127.0.0.1:#{gate(web.port).port}/" }
    process = start(delivery_method: "postback", delivery_options: options, delivery_timeout: 1)
    process.wait_for_action("Idling")
    network.drop
    inbox.append(Mails.small(1))
    wait_for_error
    network.carry
    process.wait_until(60, what: "the mark") { inbox.unseen.zero? }
    expect(posted_numbers.uniq).to eq([1])
  end

  it "does not keep the process from ending" do
    process = start(**to_redis)
    process.wait_for_action("Idling")
    network.drop
    process.term
    expect(process.exit_status).to eq(0)
  end

  def wait_for_error_like(words)
    processes.last.wait_for_log(30, what: "an error like #{words.inspect}") { |line| line["error"]&.match?(words) }
  end
end
