# frozen_string_literal: true

RSpec.describe MailRoom::Arbitration::Noop do
  it "leaves every message to this process" do
    expect(build_mailbox.arbitrator.deliver?(7)).to be(true)
  end
end
