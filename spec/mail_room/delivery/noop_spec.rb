# frozen_string_literal: true

RSpec.describe MailRoom::Delivery::Noop do
  it "accepts everything" do
    expect(build_mailbox.delivery.deliver("Subject: hi")).to be(true)
  end
end
