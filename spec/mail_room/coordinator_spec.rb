# frozen_string_literal: true

require "json"
require "timeout"

RSpec.describe MailRoom::Coordinator do
  # Stands in for the native part: ends as soon as it is told to stop.
  let(:native_class) do
    Class.new do
      class << self
        attr_accessor :last
      end

      attr_reader :calls, :settings, :messages, :answers

      def initialize(settings)
        @settings = JSON.parse(settings)
        @calls = []
        @events = Queue.new
        @messages = Queue.new
        @answers = Queue.new
        self.class.last = self
      end

      def start
        @calls << :start
      end

      def wait
        @events.pop
      end

      def wake
        @events << false
      end

      def stop
        @calls << :stop
        @messages.close
        @events << true
      end

      def hand_over(index)
        @calls << [:hand_over, index]
        self
      end

      def next_message
        @messages.pop
      end

      def acknowledge(accepted, _reason = nil)
        @answers << accepted
      end
    end
  end

  let(:delivery_klass) { delivery_class }

  before do
    stub_const("MailRoom::Native::Coordinator", native_class)
    stub_const("MailRoom::MailboxWatcher::RESTART_PAUSE", 0)
    stub_const("#{described_class}::THREAD_GRACE", 0.1)
  end

  def native
    Timeout.timeout(5) { sleep(0.001) until native_class.last&.calls&.include?(:start) }
    native_class.last
  end

  def running(*mailboxes, health_check: nil, **options)
    coordinator = described_class.new(mailboxes, health_check, **options)
    thread = Thread.new { coordinator.run }
    thread.report_on_exception = false
    native
    yield coordinator, thread
  ensure
    coordinator.stop
    thread.join(5) || raise("the coordinator does not end")
  end

  it "gives the native part the settings of all mailboxes" do
    running(build_mailbox, build_mailbox(name: "desk"), shutdown_timeout: 3) do
      expect(native.settings["mailboxes"].map { |settings| settings["name"] }).to eq(%w[inbox desk])
      expect(native.settings["shutdown_timeout"]).to eq(3)
    end
  end

  it "has the native part serve the health check as long as it runs" do
    health_check = MailRoom::HealthCheck.new(address: "127.0.0.1", port: "8080")
    running(health_check: health_check) do
      expect(native.settings["health_check"]).to eq("address" => "127.0.0.1", "port" => 8080)
      expect(health_check.running).to be(true)
    end
    expect(health_check.running).to be(false)
  end

  it "leaves a health check that is another's to itself" do
    own = Struct.new(:calls) do
      %i[run quit].each { |name| define_method(name) { calls << name } }
    end.new([])
    running(health_check: own) do
      expect([native.settings["health_check"], own.calls]).to eq([nil, [:run]])
    end
    expect(own.calls).to eq(%i[run quit])
  end

  it "refuses a shutdown timeout that is none" do
    [nil, 0, -1, "5", Float::NAN, Float::INFINITY, Complex(1, 1)].each do |seconds|
      expect { described_class.new([], shutdown_timeout: seconds) }
        .to raise_error(MailRoom::ConfigurationError, "shutdown_timeout must be a number of seconds above 0")
    end
  end

  it "runs until it is stopped" do
    running do |coordinator, thread|
      expect([thread.join(0.05), coordinator.running?]).to eq([nil, true])
      coordinator.stop
      thread.join(5)

      expect([thread.alive?, coordinator.running]).to eq([false, false])
    end
  end

  it "stops when running is set to false" do
    running do |coordinator, thread|
      coordinator.running = true
      expect(thread.join(0.05)).to be_nil
      coordinator.running = false
      expect(thread.join(5)).to equal(thread)
    end
  end

  # A signal may come before there is anything to stop.
  it "does not start when it was stopped before, and runs the next time" do
    coordinator = described_class.new([build_mailbox])
    coordinator.quit
    coordinator.run
    expect(native_class.last).to be_nil

    thread = Thread.new { coordinator.run }
    native
    coordinator.stop
    expect(thread.join(5)).to equal(thread)
  end

  it "runs again after it was stopped once more than needed" do
    coordinator = running { |running| running }
    coordinator.quit
    native_class.last = nil
    thread = Thread.new { coordinator.run }
    native

    expect([thread.join(0.05), coordinator.running?]).to eq([nil, true])
  ensure
    coordinator.stop
    thread.join(5)
  end

  it "does not run twice at a time" do
    running do |coordinator, thread|
      expect { coordinator.run }.to raise_error(MailRoom::Error, /already running/)
      expect([thread.alive?, coordinator.running?]).to eq([true, true])
    end
  end

  it "stops gracefully when its thread is killed" do
    running do |_, thread|
      thread.kill.join(5)

      expect(native.calls).to include(:stop)
    end
  end

  it "stops gracefully when an exception is raised into its thread" do
    coordinator = described_class.new([])

    expect { Timeout.timeout(0.05) { coordinator.run } }.to raise_error(Timeout::Error)
    expect(native.calls).to eq(%i[start stop])
  end

  it "does not wait for ever for a native part that does not end" do
    stub_const("#{described_class}::GRACE", 0.05)
    native_class.define_method(:stop) { nil }

    running(shutdown_timeout: 0.05) do |_, thread|
      thread.kill

      expect(thread.join(2)).to equal(thread)
    end
  end

  it "hands over the messages of the mailboxes with a Ruby class, by their position" do
    running(build_mailbox, build_mailbox(delivery_klass: delivery_klass)) do |coordinator|
      native.messages << -> { true } << -> { false }

      expect([native.answers.pop, native.answers.pop]).to eq([true, false])
      expect(native.calls).to include([:hand_over, 1]).and(not_include([:hand_over, 0]))
      expect(coordinator.watchers.map(&:running?)).to eq([true, true])
      coordinator.stop
      Timeout.timeout(5) { sleep(0.001) while coordinator.watchers.any?(&:running?) }
    end
  end

  it "goes on handing over after a delivery tore its thread apart" do
    running(build_mailbox(delivery_klass: delivery_klass)) do
      native.messages << -> { Thread.current.kill } << -> { true }

      expect([native.answers.pop, native.answers.pop]).to eq([false, true])
    end
  end

  it "ends although a delivery hangs, and refuses its message" do
    running(build_mailbox(delivery_klass: delivery_klass)) do |coordinator, thread|
      inside = Queue.new
      native.messages << -> { (inside << true) && sleep }
      inside.pop
      coordinator.stop

      expect(thread.join(5)).to equal(thread)
      expect(native.answers.pop).to be(false)
    end
  end

  it "does not start when a delivery cannot be made" do
    allow(delivery_klass).to receive(:new).and_raise("no key file")

    expect { described_class.new([build_mailbox(delivery_klass: delivery_klass)]).run }.to raise_error("no key file")
    expect(native_class.last).to be_nil
  end
end
