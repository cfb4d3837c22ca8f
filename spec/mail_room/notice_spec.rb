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
end
