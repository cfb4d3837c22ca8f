# frozen_string_literal: true

require "json"
require "stringio"

RSpec.describe MailRoom::Logger::Structured do
  let(:output) { StringIO.new }
  let(:logger) { described_class.new(output) }

  def line
    JSON.parse(output.string)
  end

  it "writes severity, time and the message as one line of JSON" do
    logger.warn({ context: { name: "inbox" }, "action" => "Idling" })

    expect(output.string).to end_with("\n")
    expect(line.keys).to eq(%w[severity time context action])
    expect(line).to match("severity" => "WARN", "context" => { "name" => "inbox" }, "action" => "Idling",
                          "time" => /\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d\z/)
  end

  it "refuses what is no Hash" do
    expect { logger.info("hi") }.to raise_error(ArgumentError, "Message must be a Hash")
  end

  it "writes bytes that are no UTF-8 with replacements" do
    logger.info({ error: "gr\xFCn", raw: "\xFF".b, "nested" => ["\xFE"] })

    expect(line).to include("error" => "gr\uFFFDn", "raw" => "\uFFFD", "nested" => ["\uFFFD"])
  end
end
