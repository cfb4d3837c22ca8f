# frozen_string_literal: true

require "spec_helper"
require "stringio"

# The soak finds what it is there to find. How mail_room fares in it takes longer than a spec may: `rake soak`.
RSpec.describe Soak do
  alone = Soak::Setup.new(delivery: :postback, arbitrated: false, deleting: true, processes: 1)
  exact = Soak::Setup.new(delivery: :sidekiq, arbitrated: true, deleting: false, processes: 2)

  # @param handed [Array<Array(Integer, String)>] number and id of each mail the application took
  # @return [Soak::Tally] of three mails
  def tally(*handed)
    Soak::Tally.new.tap do |tally|
      tally.send_next(3)
      handed.each { |number, id| tally.handed(number, id) }
    end
  end

  def report(setup, counts, seconds: 1, **others)
    row = { setup: setup, counts: counts, waiting: [], undeleted: [], quarantined: [], kills: 7, in_hand: 2 }
    Soak::Report.new([Soak::Report::Row.new(**row, **others)], seconds: seconds, seed: 9)
  end

  it "is content when every mail was delivered" do
    report = report(exact, tally([1, "a"], [2, "b"], [3, "c"]))
    expect(report).to be_ok
    expect(report.to_s).to match(/^sidekiq, Redis, mark +2 +3 +3 +0 .*^7 kills in 1 s, SEED=9$.*nothing lost/m)
  end

  it "finds a mail that was lost, and tells it from one that waits" do
    report = report(alone, tally([3, "c"]), waiting: [2])
    expect(report.problems).to eq(["#{alone}: lost: 1", "#{alone}: still waiting: 2"])
  end

  it "finds a mail that came twice where it must not" do
    twice = [[1, "a"], [2, "b"], [2, "b"], [3, "c"]]
    expect(report(exact, tally(*twice)).problems).to eq(["#{exact}: doubled: 2"])
    expect(report(alone, tally(*twice))).to be_ok
  end

  it "finds a mail that came otherwise than it was sent" do
    counts = tally([1, "a"], [3, "c"])
    counts.handed(2, "b", whole: false)
    expect(report(alone, counts).problems).to eq(["#{alone}: garbled: 2"])
  end

  it "tells a byte that is missing, also of a large mail and of one that was made text" do
    large = (1..200).map { |number| described_class::Letters.raw(number) }.max_by(&:bytesize)
    expect(large.bytesize).to be > 100_000
    number = Mails.number(large)
    digest = described_class::Letters.method(:digest_of)
    expect(digest.call(large)).to eq(described_class::Letters.digest(number, utf8: false))
    expect(digest.call(large[0..-2])).not_to eq(described_class::Letters.digest(number, utf8: false))
    latin = (1..).find { |other| described_class::Letters.raw(other).include?("charset=ISO-8859-1") }
    text = described_class::Letters.raw(latin).force_encoding("ISO-8859-1").encode("UTF-8")
    expect(digest.call(text)).to eq(described_class::Letters.digest(latin, utf8: true))
  end

  it "is not content with a run in which nothing could go wrong" do
    nothing = described_class::Tally.new
    all = tally([1, "a"], [2, "b"], [3, "c"])
    expect(report(exact, nothing, kills: 0).problems).to eq(["nothing was sent", "nobody was killed"])
    expect(report(exact, all, in_hand: 0)).to be_ok
    expect(report(exact, all, in_hand: 0, seconds: 60).problems)
      .to eq(["#{exact}: nobody was killed with work in hand, so \"doubled\" says nothing"])
    expect(report(alone, all, in_hand: 0, seconds: 60)).to be_ok
    expect(report(alone, all, kills: 0, seconds: 60).problems).to eq(["#{alone}: nobody was killed"])
  end

  it "finds a repetition by another id, also of a mail that was not taken" do
    counts = tally([1, "a"], [2, "b"], [3, "c"])
    counts.handed(2, "d", accepted: false)
    expect(report(alone, counts).problems).to eq(["#{alone}: with several ids: 2"])
  end

  it "finds mails that share an id" do
    expect(report(alone, tally([1, "a"], [2, "a"], [3, "c"])).problems).to eq(["#{alone}: with several ids: 1 2"])
  end

  it "finds a mail that was put aside" do
    report = report(exact, tally([1, "a"], [2, "b"]), quarantined: [3])
    expect(report.problems).to eq(["#{exact}: quarantined: 3"])
  end

  it "does not count a mail as delivered that the application did not take" do
    counts = tally([1, "a"], [2, "b"])
    counts.handed(3, "c", accepted: false)
    expect(report(alone, counts).problems).to eq(["#{alone}: lost: 3"])
  end

  # @param script [String] what a shell runs instead of mail_room, after it said that it runs
  # @return [String, nil] what was wrong with its end
  def end_of(script)
    Dir.mktmpdir do |folder|
      running = File.join(folder, "running")
      command = ["sh", "-c", "#{script}; : >#{running}; while :; do sleep 0.1; done", "sh"]
      victim = described_class::Victim.new("sh", {}, described_class::WebSink.new, Random.new(1), command: command)
      victim.start
      Wait.until(what: "the shell") { File.exist?(running) }
      victim.stop(1)
    ensure
      victim.remove
    end
  end

  it "finds a process that does not end when it is asked to, or not well" do
    expect(end_of("trap 'exit 0' TERM")).to be_nil
    expect(end_of("trap 'exit 3' TERM")).to match(/\Ash ended badly: .*exit 3/)
    expect(end_of("trap 'kill -9 $$' TERM")).to match(/\Ash ended badly: .*SIGKILL/)
    expect(end_of("trap '' TERM")).to start_with("sh still ran 1 s after SIGTERM")
  end

  # No claims, so that nothing has to be waited for.
  it "kills processes, has them settle everything after all, and leaves no file" do
    alike = [alone, Soak::Setup.new(delivery: :sidekiq, arbitrated: false, deleting: false, processes: 1)]
    before = Servers::Folder.made.dup
    Dir.mktmpdir do |folder|
      run = described_class::Run.new(seconds: 5, seed: 1, setups: alike, folder: folder, output: StringIO.new)
      report = run.call
      expect(report.problems).to eq([])
      expect(report.kills).to be_positive
      expect(report.to_s).to match(/^postback, no arbiter, delete +1 +[1-9]/)
    end
    expect(Servers::Folder.made).to eq(before)
  end
end
