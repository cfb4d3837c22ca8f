# frozen_string_literal: true

RSpec.describe MailRoom::Configuration::TemplateFailure do
  def text(error)
    described_class.new(error, "/etc/mail_room.yml").to_s
  end

  it "is the class alone when nothing else may be told" do
    expect(text(StandardError.new("hunter2"))).to eq("ERB: StandardError")
  end

  it "tells the first line of a message that was written for people" do
    expect(text(RuntimeError.new("set IMAP_PASSWORD\n\nhunter2"))).to eq("ERB: RuntimeError: set IMAP_PASSWORD")
  end

  it "copes with a KeyError that has no key" do
    expect(text(KeyError.new("hunter2"))).to eq("ERB: KeyError")
  end

  it "tells the line of the template, not that of a library" do
    error = StandardError.new.tap do |raised|
      raised.set_backtrace(["/lib/a.rb:1:in `b'", "/etc/mail_room.yml:12:in `<main>'", "/lib/erb.rb:905:in `eval'"])
    end

    expect(text(error)).to eq("ERB: StandardError at line 12")
  end
end
