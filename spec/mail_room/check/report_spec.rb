# frozen_string_literal: true

RSpec.describe MailRoom::Check::Report do
  let(:finding) { MailRoom::Check::Finding }

  def report(terminal: false)
    stream = StringIO.new.tap { |made| allow(made).to receive(:tty?).and_return(terminal) }
    described_class.new(MailRoom::Colour.new(stream, env: {}))
  end

  it "has a heading for each mailbox, a line for each finding, its advice below, and a summary" do
    told = report
    text = told.section(nil, [finding.yes("configuration", "mail_room.yml, 1 mailbox")]) +
           told.section(build_mailbox, [finding.yes("imap.connect"), finding.no("imap.login", "refused", "try again"),
                                        finding.skipped("imap.select", "needs imap.login"),
                                        finding.warning("settings.tls", "both", "Use one")]) + told.summary
    expect(text).to eq(<<~TEXT)
      Configuration
        Configuration can be used? ... yes (mail_room.yml, 1 mailbox)

      "inbox" of support@example.com
        IMAP server can be reached? ... yes
        IMAP server credentials are correct? ... no (refused)
          Try again
        Mailbox can be opened for writing? ... skipped (needs: IMAP server credentials are correct)
        Settings can be used (TLS)? ... yes (both)
          Use one

      Something is wrong: 3 yes, 1 no, 1 skipped, 1 warning.
    TEXT
  end

  it "says when nothing is wrong" do
    told = report
    told.section(nil, [finding.yes("configuration")])
    expect(told.summary).to eq("\nNothing is wrong: 1 yes.\n")
  end

  it "breaks long advice into lines, and leaves what is no sentence as it is" do
    told = report.section(nil, [finding.no("x", nil, "smtps://host #{'word ' * 60}")])
    expect(told.lines.drop(2).map(&:size)).to all(be < 110)
    expect(told.lines.size).to be > 3
    expect(told.lines[2]).to start_with("    smtps://host word")
  end

  it "shows the name of a check that has no words" do
    expect(report.section(nil, [finding.yes("imap.new")])).to include("  imap.new ... yes\n")
  end

  it "passes on nothing that a terminal takes for a command" do
    told = report.section(nil, [finding.no("imap.login", "\e[2Jbad\u202E", "\e]0;title\a")])
    expect(told).to include('\x1B[2Jbad\u{202E}').and not_include("\e")
  end

  it "paints at a terminal" do
    told = report(terminal: true).section(nil, [finding.yes("a"), finding.no("b", nil), finding.skipped("c", "d"),
                                                finding.warning("e", "f", "g")])
    expect(told.scan(/\e\[(\d+)m(\w+)/)).to eq([%w[1 Configuration], %w[32 yes], %w[31 no], %w[35 skipped],
                                                %w[33 yes]])
  end
end
