# frozen_string_literal: true

RSpec.describe MailRoom::MailboxWatcher do
  subject(:watcher) { described_class.new(mailbox) }

  let(:mailbox) { build_mailbox(delivery_klass: delivery_klass) }
  let(:delivery_klass) { delivery_class }

  # Messages are lambdas here, which the delivery calls.
  let(:messages) { Queue.new }
  let(:answers) { Queue.new }
  let(:wakes) { Queue.new }
  let(:native) do
    hand_over = Object.new.tap do |object|
      object.define_singleton_method(:next_message, &messages.method(:pop))
      queue = answers
      object.define_singleton_method(:acknowledge) { |accepted, _reason = nil| queue << accepted }
    end
    queue = wakes
    Object.new.tap do |object|
      object.define_singleton_method(:hand_over) { |_index| hand_over }
      object.define_singleton_method(:wake) { queue << true }
    end
  end

  before { stub_const("#{described_class}::RESTART_PAUSE", 0) }

  after do
    messages.close
    watcher.watching_thread&.kill&.join
  end

  def soon
    Process.clock_gettime(Process::CLOCK_MONOTONIC) + 5
  end

  it "hands over in a thread that is named after the mailbox" do
    watcher.start(native, 0)
    messages << -> { Thread.current.name }

    expect(answers.pop).to be(true)
    expect(watcher.watching_thread.name).to eq("mail_room.support@example.com")
    expect(watcher).to be_running
  end

  it "needs no thread for a native delivery" do
    watcher = described_class.new(build_mailbox)
    watcher.start(native, 0)

    expect([watcher.watching_thread, watcher.running?]).to eq([nil, true])
  end

  it "is not running before and after" do
    watcher = described_class.new(build_mailbox)
    states = [watcher.running?]
    watcher.start(native, 0)
    watcher.finish

    expect(states << watcher.running?).to eq([false, false])
  end

  it "makes the delivery before anything starts" do
    allow(delivery_klass).to receive(:new).and_raise("no key file")

    expect { watcher.prepare }.to raise_error("no key file")
  end

  it "ends with the messages, and is not revived then" do
    watcher.start(native, 0)
    messages.close
    watcher.join(soon)
    watcher.revive

    expect(watcher.watching_thread).not_to be_alive
    expect(wakes).to be_empty
  end

  it "replaces a thread that a delivery tore apart" do
    watcher.start(native, 0)
    first = watcher.watching_thread
    messages << -> { Thread.current.kill }
    wakes.pop
    watcher.revive
    messages << -> { true }

    expect([answers.pop, answers.pop]).to eq([false, true])
    expect(watcher.watching_thread).not_to equal(first)
  end

  it "replaces a thread that was killed while it waited for a message" do
    watcher.start(native, 0)
    watcher.watching_thread.kill.join
    watcher.revive
    messages << -> { true }

    expect(answers.pop).to be(true)
  end

  it "leaves a thread alone that is at work" do
    watcher.start(native, 0)
    first = watcher.watching_thread
    watcher.revive

    expect(watcher.watching_thread).to equal(first)
  end
end
