# frozen_string_literal: true

require "support/rspec"
require "support/graph_places"

# Microsoft throttles applications, and the server of these specs takes note of everybody who does not keep to its
# Retry-After.
RSpec.describe "Microsoft Graph that wants to be left alone", :graph_places, :integration do
  kinds = %i[folder list value batch patch delete delta]

  # Each request is turned down once, those of the drain and those after it.
  define_method(:turn_down) do |place, **what|
    [:token, *kinds].each { |kind| place.graph.fault(kind, **what) }
  end

  it "is left alone for as long as it says, whatever it was asked, and nothing is lost or comes twice" do
    ways = { seconds: 1, date: -> { Time.now + 2 }, nothing: nil }
    some = [429, 503, 509].product(ways.keys).map do |status, way|
      place("#{status}-#{way}").tap { |one| turn_down(one, status: status, retry_after: ways.fetch(way)) }
    end
    some.each { |one| one.deliver(1..5) }
    process = serve(*some, delete_after_delivery: true)
    expect_served(some, 1..5)
    wait_for_faults(some)
    some.each { |one| one.deliver(6) }
    expect_served(some, 1..6)
    process.wait_until(what: "empty folders") { some.all? { |one| one.box.messages.empty? } }
    expect(some.map { |one| one.box.messages("deleteditems").size }).to all(eq(6))
    some.each do |one|
      waits = one.lines(process).select { |line| line["action"] == "throttled" }
      expect(waits).to all(include("severity" => "WARN", "status" => Integer, "retry_in_s" => Numeric))
      expect(waits.size).to be >= kinds.size - 1
    end
  end

  it "is asked again for those parts of a batch only that it turned down" do
    some = places("parts")
    some.each { |one| one.deliver(1..30) }
    turned_down = some.first.box.messages.values_at(2, 5, 29).map(&:id)
    turned_down.each { |id| some.first.graph.fault(:patch, status: 429, retry_after: 1, matching: /#{id}/) }
    serve(*some)
    expect_served(some, 1..30)
    patched = some.first.graph.requests(:patch).map { |request| request.segments.last }.tally
    expect(patched.select { |_, times| times > 1 }.keys).to match_array(turned_down)
  end

  it "is not asked for tokens meanwhile" do
    one = place("token")
    moments = []
    one.graph.fault(:token, status: 429, retry_after: 2) { moments << Wait.now }
    one.graph.fault(:token) { moments << Wait.now }
    one.deliver(1)
    serve(one)
    expect_served([one], 1)
    expect(moments.last - moments.first).to be >= 2
  end

  it "may ask for an hour: the log says so, others are served, and a signal ends the process at once" do
    some = [:token, *kinds].map do |kind|
      place("hour-#{kind}").tap { |one| one.graph.fault(kind, times: Float::INFINITY, status: 429, retry_after: 3600) }
    end
    some.each { |one| one.deliver(1..5) }
    process = serve(*some, neighbour, delete_after_delivery: true)
    some.each do |one|
      line = process.wait_for_log(30, what: "the wait of #{one.name}") do |log|
        log.dig("context", "email") == one.box.email && log["retry_in_s"].to_f > 3000
      end
      expect(line).to include("severity" => "WARN", "error" => a_string_including("429"))
    end
    expect_neighbour_served
    expect(some.flat_map { |one| one.graph.violations }).to eq([])
    expect(some.first.graph.counts).to eq(token: 1)
    expect_prompt_end(5)
  end
end
