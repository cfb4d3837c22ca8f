# frozen_string_literal: true

require "tmpdir"

RSpec.describe MailRoom::Delivery::LetterOpener do
  around do |example|
    Dir.mktmpdir do |folder|
      @folder = folder
      launchy = ENV.fetch("LAUNCHY_DRY_RUN", nil)
      ENV["LAUNCHY_DRY_RUN"] = "true" # no browser is started
      example.run
    ensure
      ENV["LAUNCHY_DRY_RUN"] = launchy
    end
  end

  attr_reader :folder

  { "location" => ->(folder) { { location: folder } },
    "delivery_options" => ->(folder) { { delivery_options: { "location" => folder } } } }.each do |place, attributes|
    it "writes each message as a page, to the folder in #{place}" do
      mailbox = build_mailbox(delivery_method: "letter_opener", **attributes.call(folder))

      expect { expect(mailbox.delivery.deliver(Mails.fixture("reply"))).to be(true) }.to output.to_stdout
      expect(Dir[File.join(folder, "*", "*.html")].map { |page| File.read(page) }).to include(/Subject/i)
    end
  end

  it "is handed over, as any Ruby class" do
    mailbox = build_mailbox(delivery_method: "letter_opener")

    expect(mailbox).to be_handed_over
    expect(MailRoom::Mailbox::Settings.new(mailbox).to_h)
      .to include("delivery_method" => "ruby", "deliverer" => "MailRoom::Delivery::LetterOpener")
  end
end
