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

  def raised(*frames, error: StandardError.new)
    error.tap { error.set_backtrace([*frames, "/etc/mail_room.yml:12:in `<main>'", "/lib/erb.rb:905:in `eval'"]) }
  end

  it "tells the line of the template" do
    expect(text(raised)).to eq("ERB: StandardError at line 12")
  end

  it "tells the line of the template and the place of the code it called, not that of Ruby's own" do
    expect(text(raised("<internal:kernel>:18:in `tap'", "/lib/a.rb:1:in `b'", "/lib/c.rb:2:in `d'")))
      .to eq("ERB: StandardError at line 12 in /lib/a.rb:1")
  end

  it "tells where the syntax of another file is wrong, but not the line itself" do
    expect(text(raised(error: SyntaxError.new("/lib/a.rb:7: syntax error\npassword = hunter2")))).to eq(
      "ERB: SyntaxError in /lib/a.rb:7"
    )
  end

  it "tells what is wrong in YAML that the template has read, without the text" do
    Psych.parse("a: 1\npassword: *hunter 2: [", filename: "/etc/gitlab.yml")
  rescue Psych::SyntaxError => error
    told = "ERB: Psych::SyntaxError: did not find expected key (/etc/gitlab.yml, line 1, column 1)"
    expect(text(error)).to start_with(told).and(not_include("hunter"))
  end
end
