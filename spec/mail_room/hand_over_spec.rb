# frozen_string_literal: true

RSpec.describe MailRoom::HandOver do
  # Stands in for the native end: a list of messages, and what was answered for each.
  let(:native) do
    Class.new do
      attr_reader :answers

      def initialize(messages)
        @messages = messages
        @answers = []
      end

      def next_message
        @messages.shift
      end

      def acknowledge(accepted, reason = nil)
        @answers << [accepted, reason]
      end
    end.new(%w[first second])
  end

  def hand_over(&delivery)
    described_class.new(delivery_class(delivery).new(nil), native).run
  end

  it "gives each message to the delivery, in order" do
    given = []
    hand_over { |message| given << message }

    expect(given).to eq(%w[first second])
  end

  it "accepts what the delivery took, whatever truthy it returned" do
    hand_over { |message| message == "first" ? 0 : "yes" }

    expect(native.answers).to eq([[true, nil], [true, nil]])
  end

  it "refuses what the delivery did not take" do
    hand_over { |message| message == "first" ? nil : false }

    expect(native.answers).to eq([[false, "returned nil"], [false, "returned false"]])
  end

  [RuntimeError, Timeout::Error, NotImplementedError, LoadError].each do |error|
    it "refuses when the delivery raises #{error}, and goes on" do
      hand_over { |message| message == "first" ? raise(error, "no\nand more") : true }

      expect(native.answers).to match([[false, start_with("#{error}: no; at ")], [true, nil]])
    end
  end

  it "makes a readable reason of any error text" do
    hand_over { raise "\xFF#{'x' * 1000}".b }

    expect(native.answers.first.last).to be_valid_encoding.and(start_with("RuntimeError: \uFFFDx"))
    expect(native.answers.first.last[/\A.*?(?=; at )/].length).to eq(200)
  end

  it "tells where the delivery raised, and nothing of this gem's own frames" do
    hand_over { raise "no" }

    places = native.answers.first.last.split("; at ").drop(1)
    expect(places.size).to be_between(1, 3)
    expect(places.first).to include("#{__FILE__}:#{__LINE__ - 4}")
    expect(places).to all(not_include("lib/mail_room/hand_over.rb"))
  end

  it "takes an exception without a backtrace" do
    hand_over { raise RuntimeError, "no", [] }

    expect(native.answers.first).to eq([false, "RuntimeError: no"])
  end

  it "refuses when nobody catches what the delivery throws, and goes on" do
    hand_over { |message| message == "first" ? throw(:nowhere) : true }

    expect(native.answers.map(&:first)).to eq([false, true])
  end

  describe "when something tears the delivery apart" do
    let(:interrupted) { [[false, described_class::INTERRUPTED]] }

    it "refuses before a throw goes on" do
      expect(catch(:out) { hand_over { throw :out, 7 } }).to eq(7)
      expect(native.answers).to eq(interrupted)
    end

    [SystemExit, Interrupt, NoMemoryError, SystemStackError].each do |error|
      it "refuses before #{error} goes on" do
        expect { hand_over { raise error, "" } }.to raise_error(error)
        expect(native.answers).to eq(interrupted)
      end
    end

    it "refuses before Thread#kill goes on" do
      Thread.new { hand_over { Thread.current.kill } }.join

      expect(native.answers).to eq(interrupted)
    end

    it "refuses when killed from outside in the middle of a delivery" do
      inside = Queue.new
      thread = Thread.new { hand_over { (inside << true) && sleep } }
      inside.pop
      thread.kill.join

      expect(native.answers).to eq(interrupted)
    end
  end
end
