# frozen_string_literal: true

RSpec.describe MailRoom::Notice do
  it "writes a line to standard error, also when Ruby's warnings are off" do
    verbose = $VERBOSE
    $VERBOSE = nil

    expect { described_class.warn("no mailboxes") }.to output("mail_room: no mailboxes\n").to_stderr
  ensure
    $VERBOSE = verbose
  end
end
