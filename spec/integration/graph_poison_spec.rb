# frozen_string_literal: true

require "support/rspec"
require "support/graph_places"

# A message that a server can do nothing with, while it is well with all others. They must not wait for it.
RSpec.describe "A message on Microsoft Graph that always fails", :graph_places, :integration do
  hasty = { command_timeout: 2, literal_timeout: 2, max_message_size: 3_000_000, max_attempts: 3 }

  # The second message of five fails for ever.
  # @return [Servers::Graph::Message]
  def spoil(place, kind, **trouble)
    place.deliver(1..5)[1].tap do |message|
      place.graph.fault(kind, matching: /#{message.id}/, times: Float::INFINITY, **trouble)
    end
  end

  def wait_for_quarantine(message)
    processes.last.wait_for_log(90, what: "a quarantined message") do |line|
      line.values_at("severity", "action") == ["ERROR", "message quarantined"] && line["uid"] == message.id
    end
  end

  def wait_for_mails(some, *numbers, limit: 90)
    processes.last.wait_until(limit, what: "the others") { some.all? { |one| (numbers - one.posted).empty? } }
  end

  def expect_quarantine(troubles, settings)
    spoilt = troubles.to_h do |name, trouble|
      one = place(name)
      [one, spoil(one, :value, **trouble)]
    end
    serve(*spoilt.keys, **settings)
    wait_for_mails(spoilt.keys, 1, 3, 4, 5)
    spoilt.each_key { |one| one.deliver(6) }
    spoilt.each_value { |message| wait_for_quarantine(message) }
    expect_served(spoilt.keys, 1, 3..6)
    expect(spoilt.values.map(&:flag)).to all(eq("flagged"))
  end

  it "to be shown is quarantined, and the others are delivered, those that come later too" do
    expect_quarantine({ hang_up: { hang_up: true }, cut: { cut: true }, endless: { endless: true },
                        s400: { status: 400 }, s500: { status: 500 }, s501: { status: 501 } }, hasty)
  end

  # Of those that nobody waits for any more there is room for two.
  it "to be shown in time is quarantined" do
    expect_quarantine({ hanging: { delay: 5 } }, { **hasty, limit_max_unread: 2 })
  end

  # Each attempt is several requests, with more and more time in between.
  it "to be shown through a gateway is quarantined" do
    some = { s502: { status: 502 }, s503: { status: 503, retry_after: 1 }, s504: { status: 504 } }
    expect_quarantine(some, { **hasty, max_attempts: 1 })
  end

  it "to be shown to the application is quarantined" do
    expect_quarantine({ s403: { status: 403 } }, hasty)
  end

  it "to be marked or deleted is delivered once, and the others are delivered" do
    troubles = { patch: [400, 403, 500], delete: [400, 403, 500] }
    some = troubles.flat_map do |kind, statuses|
      statuses.map { |status| place("#{kind}-#{status}").tap { |one| spoil(one, kind, status: status) } }
    end
    serve(*some, **hasty, delete_after_delivery: true)
    wait_for_mails(some, *1..5)
    some.each { |one| one.deliver(6) }
    wait_for_mails(some, 6)
    expect(some.map(&:outcome)).to eq(some.map { |one| one.served(1..6) })
  end
end
