# frozen_string_literal: true

# A pipe that nobody reads is in spec/integration/explain_spec.rb.
RSpec.describe MailRoom::Output do
  it "writes at once" do
    expect { described_class.write("check", "Grüße\n") }.to output("Grüße\n").to_stdout
  end

  it "tells when it cannot" do
    stdout = $stdout
    $stdout = Class.new(StringIO) { define_method(:write) { |*| raise Errno::ENOSPC } }.new
    expect { expect { described_class.write("check", "text") }.to raise_error(SystemExit) }
      .to output("mail_room: check: standard output: No space left on device\n").to_stderr
  ensure
    $stdout = stdout
  end
end
