# frozen_string_literal: true

require "open3"
require "rbconfig"
require "tmpdir"

# What it finds stands in spec/integration/check_spec.rb.
RSpec.describe MailRoom::Check do
  {
    ["-c", "a.yml", "frob"] => '"frob" is no option',
    %w[-c a.yml --format xml] => '--format "xml" is unknown; available: text, json',
    %w[-c a.yml --from a@example.com] => "--from and --wait are for the message of --send-via",
    %w[-c a.yml --wait 5] => "--from and --wait are for the message of --send-via",
    %w[-c a.yml --send-via smtp://localhost --wait 0] => "--wait must be above 0",
    %w[-c a.yml --send-via smtp://localhost --wait soon] => "invalid argument: --wait soon",
    %w[-c a.yml --send-via smtp://localhost --from me] => '--from must be an address, not "me"',
    ["-c", "a.yml", "--send-via", "smtp://localhost", "--from", "a@b\r\nRCPT TO:<c@d>"] => "--from must be an address",
    %w[-c a.yml --send-via smtp://localhost --read-only] => "--read-only does not go with it",
    %w[-c a.yml --send-via localhost] => "--send-via must be smtp[s]://[user@]host[:port]",
    ["-c", "a.yml", "--send-via", "smtp://localhost", "--from", "\xE9@example.com"] => "--from must be an address",
    %w[-c a.yml smtp://me:hunter2@localhost] => '"smtp://[REDACTED]@localhost" is no option',
    %w[-c a.yml me:hunter2@localhost] => '"[REDACTED]@localhost" is no option',
    %w[-c a.yml --send-by=smtp://me:hunter2@localhost] => "invalid option: --send-by=smtp://[REDACTED]@localhost",
    %w[-c] => "missing argument: -c; see mail_room check --help"
  }.each do |args, problem|
    it "refuses #{args.inspect}" do
      expect do
        expect { described_class.new(args) }.to raise_error(SystemExit) { |exit| expect(exit.status).to eq(1) }
      end.to output(/\Amail_room: check: .*#{Regexp.escape(problem)}.*\n\z/).to_stderr
    end
  end

  it "wants a configuration" do
    Dir.mktmpdir do |folder|
      Dir.chdir(folder) do
        expect { expect { described_class.new([]) }.to raise_error(SystemExit) }
          .to output("mail_room: check: the configuration is missing, use -c FILE\n").to_stderr
      end
    end
  end

  it "takes names and paths of any bytes, in any locale" do
    output, errors, status = Dir.mktmpdir do |folder|
      arguments = ["check", "-c", "m\xFCll\xC3\xA9.yml", "--name", "\xFF"]
      command = [RbConfig.ruby, "-I#{File.expand_path('../../lib', __dir__)}",
                 File.expand_path("../../exe/mail_room", __dir__)]
      Open3.capture3({ "LC_ALL" => "C" }, *command, *arguments, chdir: folder)
    end
    expect([output.force_encoding("UTF-8").lines[1], errors, status.exitstatus])
      .to match([/no \(m\u{FFFD}llé\.yml: cannot be read: No such file/, "", 1])
  end

  it "shows its usage" do
    expect { expect { described_class.new(["--help"]) }.to raise_error(SystemExit, "exit") }
      .to output(/\ALooks whether .*Usage: mail_room check.*--send-via URL/m).to_stdout
  end
end
