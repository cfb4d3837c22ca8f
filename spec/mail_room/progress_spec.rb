# frozen_string_literal: true

require "timeout"

RSpec.describe MailRoom::Progress do
  let(:lines) { [] }
  let(:logger) do
    lines = self.lines
    Class.new do
      %i[info warn].each { |severity| define_method(severity) { |line| lines << [severity, line] } }
    end.new
  end
  let(:progress) { described_class.new(logger) }

  def states_after(*actions)
    actions.map { |action| progress.info({ "action" => action }) && progress.state }
  end

  it "follows a session" do
    expect(states_after("Setting up watcher", "Connecting", "Setting mailbox", "Processing started", "message pushed",
                        "Idling", "Processing started", "Done with mailbox"))
      .to eq(%i[connecting connecting connecting ready ready idling ready disconnected])
  end

  it "knows why there is no connection" do
    progress.error({ "action" => "Disconnected. Resetting...", "error" => "NO" })

    expect([progress.settle, progress.reason]).to eq([:disconnected, "NO"])
  end

  it "does not wait for ever when nothing is heard" do
    Timeout.timeout(5) { expect(progress.settle(0.01)).to eq(:connecting) }
  end

  it "does not wait for lines that will not come" do
    waiting = Thread.new { progress.settle }
    progress.finish

    expect(waiting.join(5)&.value).to eq(:connecting)
  end

  it "passes every line on, as a warning where the logger knows no errors" do
    progress.info({ "action" => "a" })
    progress.error({ "action" => "b" })

    expect(lines).to eq([[:info, { "action" => "a" }], [:warn, { "action" => "b" }]])
  end
end
