# frozen_string_literal: true

require "json"
require "stringio"

RSpec.describe MailRoom::CrashHandler do
  let(:stream) { StringIO.new }
  let(:error) { raised(RuntimeError, "broken\nin two") }

  def raised(klass, message)
    raise klass, message
  rescue klass => error
    error
  end

  it "writes one line of JSON" do
    described_class.new(stream).handle(error, "json")

    expect(stream.string.lines.size).to eq(1)
    expect(JSON.parse(stream.string)).to match("time" => /\A\d{4}-\d\d-\d\dT.*\.\d{3}/, "severity" => "fatal",
                                               "message" => "broken\nin two", "backtrace" => include(/#{__FILE__}/))
  end

  it "writes JSON of a message that is no UTF-8" do
    described_class.new(stream).handle(RuntimeError.new("\xFF".b), "json")

    expect(JSON.parse(stream.string)).to include("message" => "\uFFFD", "backtrace" => nil)
  end

  ["plain", nil, "xml"].each do |format|
    it "leaves an error to Ruby with the format #{format.inspect}" do
      expect { described_class.new(stream).handle(error, format) }.to raise_error(error)
      expect(stream.string).to eq("")
    end
  end

  it "tells a mistake in the configuration in one line, without backtrace" do
    expect { described_class.new(stream).handle(raised(MailRoom::ConfigurationError, "mail_room.yml: no port"), nil) }
      .to output("mail_room: mail_room.yml: no port\n").to_stderr
  end
end
