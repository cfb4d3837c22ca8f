# frozen_string_literal: true

require "support/rspec"
require "support/graph_places"

# A server, or what is between here and there, in all kinds of trouble: nothing is lost, and nothing comes twice.
RSpec.describe "Microsoft Graph in trouble", :graph_places, :integration do
  kinds = %i[folder list value batch delta]
  hasty = { command_timeout: 2, literal_timeout: 2, connect_timeout: 2 }

  # Every kind of request meets each trouble once.
  passing = { s500: { status: 500 }, s502: { status: 502 }, s504: { status: 504 }, hang_up: { hang_up: true },
              cut: { cut: true }, lost: { lost: true }, dripping: { drip: 0.1 }, malformed: { malformed: true },
              empty_object: { json: {} }, list: { json: [] }, null: { json: nil }, endless: { endless: true } }
  passing.each_slice(4) do |slice|
    it "gets well again, and everything is delivered once: #{slice.map(&:first).join(', ')}" do
      some = slice.map do |name, trouble|
        # What is said in JSON would be a message in place of another.
        met = trouble.key?(:json) ? kinds - [:value] : kinds
        place(name).tap { |one| met.each { |kind| one.graph.fault(kind, **trouble) } }
      end
      some.each { |one| one.deliver(1..5) }
      serve(*some, neighbour, **hasty)
      expect_neighbour_served
      expect_served(some, 1..5)
      wait_for_faults(some)
      some.each { |one| one.deliver(6) }
      expect_served(some, 1..6)
    end
  end

  # What nobody waits for any more still counts as asked at the same time, so that there is room for two only.
  it "gets well again, and everything is delivered once: hanging" do
    one = place("hanging")
    kinds.each { |kind| one.graph.fault(kind, delay: 5) }
    one.deliver(1..4)
    serve(one, limit_max_unread: 2, **hasty)
    expect_served([one], 1..4)
    wait_for_faults([one])
    one.deliver(5)
    expect_served([one], 1..5)
  end

  it "may last, while other mailboxes are served" do
    troubles = { list: 500, value: 500, batch: 502, patch: 500, folder: 504, delta: 500 }
    some = troubles.map do |kind, status|
      place(kind).tap { |one| one.graph.fault(kind, times: Float::INFINITY, status: status) }
    end
    some.each { |one| one.deliver(1..3) }
    process = serve(*some, neighbour)
    some.each do |one|
      process.wait_until(60, what: "an error of #{one.name}") { one.errors(process).any? }
      expect(one.errors(process)).to all(include("error" => /50[024]/))
    end
    expect_neighbour_served
    some.each { |one| one.graph.faults.clear }
    expect_served(some, 1..3)
  end

  it "tells of messages that are gone before they are fetched, which is no failure" do
    one = place("gone")
    gone = one.deliver(1..5)[1]
    one.graph.fault(:value, matching: /#{gone.id}/, gone: true)
    process = serve(one)
    expect_served([one], 1, 3..5)
    process.wait_for_log { |line| line["action"] == "message gone" && line["uid"] == gone.id }
    expect(one.errors(process)).to eq([])
  end

  it "cannot show a message, or shows it empty: the others are delivered, and it is quarantined" do
    unreadable, empty = some = places("unreadable", "empty")
    second = some.to_h { |one| [one, one.deliver(1..4)[1]] }
    second[unreadable].unreadable = true
    empty.graph.fault(:value, matching: /#{second[empty].id}/, times: Float::INFINITY, status: 200, body: "")
    process = serve(*some, max_attempts: 3)
    expect_served(some, 1, 3, 4)
    reasons = { unreadable => /3 attempts failed.*ErrorMimeContentConversionFailed/,
                empty => /3 attempts failed.*sent nothing/ }
    reasons.each do |one, reason|
      line = process.wait_for_log(60) { |log| log["action"] == "message quarantined" && log["uid"] == second[one].id }
      expect(line).to include("severity" => "ERROR", "error" => reason)
      expect(second[one].flag).to eq("flagged")
    end
  end

  it "shows a message empty for once, and it is delivered" do
    one = place("once")
    one.graph.fault(:value, status: 200, body: "")
    one.deliver(1..2)
    serve(one)
    expect_served([one], 1..2)
  end

  it "leads to other servers, which get no token" do
    stranger = own(Servers::Web.new)
    link = stranger.url("/v1.0/users")
    answers = { next_list: [:list, { next_link: link }], next_delta: [:delta, { next_link: link }],
                last_delta: [:delta, { json: { "value" => [], "@odata.deltaLink" => link } }],
                redirect: [:list, { status: 302, headers: { "Location" => link } }] }
    some = answers.map do |name, (kind, trouble)|
      place(name).tap { |one| one.graph.fault(kind, times: Float::INFINITY, **trouble) }
    end
    some.each { |one| one.deliver(1..3) }
    process = serve(*some)
    some.each do |one|
      process.wait_until(30, what: "an error of #{one.name}") { one.errors(process).any? }
      expect(one.errors(process)).to all(include("error" => /a link that leads to another server|answered 302/))
      one.graph.faults.clear
    end
    expect_served(some, 1..3)
    expect(stranger.requests).to eq([])
  end

  it "is asked four things at once, and never five" do
    one = place("crowded")
    one.graph.settings.latency = 0.05
    one.deliver(1..40)
    serve(one, delete_after_delivery: true)
    expect_served([one], 1..40)
    expect(one.box.gate.most).to eq(4)
  end

  it "is away for a while, in the middle of a drain too" do
    one = place("away")
    one.deliver(1..30)
    one.graph.fault(:value, matching: /#{one.box.messages[9].id}/, hang_up: true) { Thread.new { one.graph.stop } }
    process = serve(one)
    process.wait_until(30, what: "an error") { one.errors(process).any? }
    one.deliver(31)
    one.graph.start
    expect_served([one], 1..31)
  end

  it "is slow with everything, and the process ends in time, with nothing lost" do
    some = places("slow", "slower", "slowest")
    some.each { |one| one.deliver(1..30) }
    some.zip([0.2, 2, 30]) do |one, latency|
      one.graph.settings.latency = latency
      # What the ended process asked for is still under way when the next one begins, which cannot know.
      one.box.gate.shared = true
    end
    process = serve(*some, top_level: { shutdown_timeout: 2 })
    process.wait_until(30, what: "the first message") { some.first.posted.any? }
    expect_prompt_end(7)
    some.each do |one|
      read = one.box.messages.select(&:read?).map { |message| Mails.number(message.raw) }
      expect(read - one.posted).to eq([])
      one.graph.settings.latency = 0
    end
    process.restart
    process.wait_until(30, what: "all marks") { some.all?(&:done?) }
    expect(some.map { |one| one.posted.uniq.sort }).to all(eq([*1..30]))
    expect(some.flat_map { |one| one.graph.violations }).to eq([])
  end
end
