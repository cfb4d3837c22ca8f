# frozen_string_literal: true

RSpec.describe MailRoom::Notice do
  it "writes a line to standard error, also when Ruby's warnings are off" do
    verbose = $VERBOSE
    $VERBOSE = nil

    expect { described_class.warn("no mailboxes") }.to output("mail_room: no mailboxes\n").to_stderr
  ensure
    $VERBOSE = verbose
  end

  it "ends a command with status 1, and says why in UTF-8" do
    expect { described_class.fail_with("no such mailbox: \xE9".b) }
      .to raise_error(SystemExit) { |error| expect(error.status).to eq(1) }
      .and output("mail_room: no such mailbox: \u{FFFD}\n").to_stderr
  end

  it "leaves lines to those who tell them in another way, for as long as they ask for it, and in their thread" do
    inner = []
    outer = []
    result = described_class.collect(outer) do
      described_class.collect(inner) { described_class.warn("first") }
      expect { Thread.new { described_class.warn("other") }.join }.to output("mail_room: other\n").to_stderr
      described_class.warn("second")
      :done
    end
    expect([inner, outer, result]).to eq([["first"], ["second"], :done])
    expect { described_class.warn("third") }.to output("mail_room: third\n").to_stderr
  end
end
