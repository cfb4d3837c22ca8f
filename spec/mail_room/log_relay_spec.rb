# frozen_string_literal: true

require "json"

RSpec.describe MailRoom::LogRelay do
  let(:lines) { [] }
  let(:logger) do
    lines = self.lines
    Class.new do
      %i[info warn].each { |method| define_method(method) { |fields| lines << [method, fields] } }
    end.new
  end

  # Writes as the native part does.
  def relay(*written)
    relay = described_class.new(logger)
    file = File.open(relay.path, "a")
    relay.start
    file.write(*written.map { |line| "#{line}\n" })
    file.close
  ensure
    relay.finish
  end

  it "gives each line to the method of its severity, with String keys" do
    relay(*%w[INFO WARN].map { |severity| JSON.generate(severity: severity, time: "now", action: "gr\u00FCn") })

    expect(lines).to eq([[:info, { "action" => "gr\u00FCn" }], [:warn, { "action" => "gr\u00FCn" }]])
  end

  it "gives errors as warnings to a logger that has only those" do
    relay(JSON.generate(severity: "ERROR", action: "a"))

    expect(lines).to eq([[:warn, { "action" => "a" }]])
  end

  it "goes on when the logger fails, and says so once" do
    allow(logger).to receive(:info).and_raise("hunter2")

    expect { relay(*['{"severity":"INFO"}'] * 2, '{"severity":"WARN"}') }
      .to output("mail_room: the logger of a mailbox failed: RuntimeError\n").to_stderr
    expect(lines).to eq([[:warn, {}]])
  end

  it "goes on when the logger is not done yet, and says when no more will come" do
    allow(logger).to receive(:info).and_raise(NotImplementedError)
    ended = Queue.new
    relay = described_class.new(logger)
    file = File.open(relay.path, "a")
    relay.start { ended << true }

    expect do
      file.write(%({"severity":"INFO"}\n{"severity":"WARN"}\n))
      file.close
      ended.pop
    end.to output("mail_room: the logger of a mailbox failed: NotImplementedError\n").to_stderr
    expect(lines).to eq([[:warn, {}]])
    relay.finish
  end

  it "ends without the native part having written anything" do
    relay = described_class.new(logger)
    relay.finish

    expect(lines).to eq([])
  end
end
